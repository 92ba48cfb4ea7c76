// Reads a form from the client, as fast as it can be kept.
import { finished } from 'node:stream'
import { type CallError, callError } from '../../../domain/errors.ts'
import { printable } from '../../../domain/logs/printable-text.ts'
import type { Exchange } from '../../../http/server/exchange.ts'
import type { SpooledBody, SpoolFault } from '../../../http/spool/spooled-body.ts'
import type { FormFault, FormScan } from '../../../http/wire/multipart/form-scan.ts'
import type { GatewayLimits } from '../../gateway.ts'
import { type FormNames, formNamesObject } from '../../objects/form-names.ts'
import type { Call } from '../call.ts'
import { memoryFull, tooLarge } from '../request-limits.ts'

/** How long until other forms have been sent on, as far as anybody can say. */
const ROOM_AFTER_MS = 5_000

/**
 * Resolves with null once the form is whole, in `scan` and in `body`; else with why it is not. Rejects on an error of the file
 * system other than that it is full. `names` null: the form may name any object. The rest of a refused form is left unread, and is discarded with the response.
 */
export function readForm(
  { uploadBytes, spoolBytesPerKey }: GatewayLimits,
  call: Call,
  exchange: Exchange,
  scan: FormScan,
  body: SpooledBody,
  names: FormNames | null,
): Promise<CallError | 'disconnected' | null> {
  const source = exchange.bodyStream()
  if (source === null) return Promise.resolve(formError(scan.end()))
  return new Promise((resolve, reject) => {
    // What is being written; the last chunk may be, at the end of the form.
    let adding: Promise<SpoolFault | null> | null = null
    const onData = (chunk: Buffer) => {
      if (call.finished) return settle('disconnected')
      call.countRequestBytes(chunk.length)
      if (body.length + chunk.length > uploadBytes) return settle(tooLarge(uploadBytes))
      const fault = formError(scan.write(chunk))
      if (fault !== null) return settle(fault)
      const named = names?.nameIn(chunk) ?? null
      if (named !== null) return settle(formNamesObject(named))
      const added = body.add(chunk)
      if (added === null) return
      if (typeof added === 'string') return settle(spoolError(added, body.length, spoolBytesPerKey))
      adding = added
      source.pause()
      adding.then((full) => {
        adding = null
        if (full === null) source.resume()
        else settle(spoolError(full, body.length, spoolBytesPerKey))
      }, reject)
    }
    const stop = finished(source, { writable: false }, (error) => {
      if (error != null) return settle('disconnected')
      if (adding === null) return settle(formError(scan.end()))
      // A fault of it is settled above.
      adding.then(() => settle(formError(scan.end())), reject)
    })
    function settle(result: CallError | 'disconnected' | null): void {
      source?.off('data', onData)
      stop()
      resolve(result)
    }
    source.on('data', onData)
  })
}

/** What a client is told of a form that is refused. */
export function formError(fault: FormFault | null): CallError | null {
  if (fault === null) return null
  const { part, name, problem } = fault
  const shown = printable(name, 100)
  const named = shown === null || shown === '' ? '' : ` (\`${shown}\`)`
  const subject = part === 0 ? 'The form' : `Part ${part}${named} of the form`
  return callError('invalid_request', {
    message: `${subject} ${problem}. See RFC 7578 for the format of multipart/form-data.`,
    ...(named === '' ? {} : { param: shown ?? '' }),
  })
}

function spoolError(fault: SpoolFault, bytes: number, mostBytes: number): CallError {
  switch (fault) {
    case 'memory-full':
      return memoryFull()
    case 'disk-full':
      return callError('upload_space_full')
    case 'no-room':
      return bytes > mostBytes
        ? tooLarge(mostBytes)
        : callError('uploads_busy', { retryAfterMs: ROOM_AFTER_MS })
  }
}
