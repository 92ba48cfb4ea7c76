// Header sections that two readers take for different requests: they are refused, at a call and at the handshake of a WebSocket.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { type CallError, callError } from '../../domain/errors.ts'
import { misnamedHeader } from '../../http/wire/headers.ts'

const TWO_HOSTS = callError('invalid_request', { message: 'A request must have exactly one Host header.' })
const TWO_CREDENTIALS = callError('invalid_request', {
  message: 'A request must have at most one Authorization header.',
})

/** Either fault of a request's headers; null where there is none. */
export function headerFault({ rawHeaders, headers }: IncomingMessage): CallError | null {
  return repeatedHeader(rawHeaders) ?? misnamedInConnection(headers)
}

/**
 * What is wrong with a request in which a header stands twice. RFC 9112 §3.2: more than one Host must be refused; Node takes the
 * first, of Authorization too, and a proxy in front may have judged the other.
 */
export function repeatedHeader(rawHeaders: readonly string[]): CallError | null {
  let hosts = 0
  let credentials = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts++
    else if (name?.length === 13 && name.toLowerCase() === 'authorization') credentials++
  }
  if (hosts > 1) return TWO_HOSTS
  return credentials > 1 ? TWO_CREDENTIALS : null
}

/** The error of a Connection header that names what no proxy may drop; null where it names nothing of the kind. */
export function misnamedInConnection({ connection }: IncomingHttpHeaders): CallError | null {
  const misnamed = misnamedHeader(connection)
  if (misnamed === null) return null
  return callError('invalid_request', { message: `The Connection header must not name \`${misnamed}\`.` })
}
