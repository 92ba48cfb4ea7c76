// Ends a call with JSON of the gateway's own making.
import type { Exchange } from '../../http/server/exchange.ts'
import type { Call } from '../call/call.ts'

/** Records the call as a success and responds to it, in this order; does nothing for a call that has ended already. */
export function respondWithJson(call: Call, exchange: Exchange, body: object): void {
  if (call.finished) return
  const bytes = Buffer.from(JSON.stringify(body))
  call.note({ httpStatus: 200 })
  call.countResponseBytes(bytes.length)
  call.finish('SUCCESS', () => {
    exchange.sendHead(200, {
      ...call.responseHeaders,
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(bytes.length),
      'openai-processing-ms': String(Math.round(call.elapsedMs())),
      'x-request-id': call.id,
    })
    exchange.end(bytes)
  })
}
