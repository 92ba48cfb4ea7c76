// Ends a call with an error of the gateway's own, while nothing of a response was sent.

import type { CallError } from '../../domain/errors.ts'
import type { Outcome } from '../../domain/logs/call-record.ts'
import type { Exchange } from '../../http/server/exchange.ts'
import { errorBody, errorHeaders } from '../../http/wire/error-response.ts'
import type { Call } from '../call/call.ts'

/** Records the call and responds to it, in this order; does nothing for a call that has ended already. */
export function respondWithError(call: Call, exchange: Exchange, error: CallError, outcome: Outcome): void {
  if (call.finished) return
  const body = errorBody(error)
  // What was noted until now is of the attempt, and belongs to its log; what follows is the gateway's.
  call.endAttempt()
  call.note({ httpStatus: error.httpStatus })
  call.noteError(error)
  const headers = errorHeaders(error)
  call.capture?.beginResponse(headers)
  call.passResponse(body)
  call.finish(outcome, () => {
    exchange.sendHead(error.httpStatus, {
      ...call.responseHeaders,
      ...headers,
      'content-length': String(body.length),
      'openai-processing-ms': String(Math.round(call.elapsedMs())),
      'x-request-id': call.id,
    })
    exchange.end(body)
  })
}
