// The response to a call that is not admitted, or that cannot be served, and its record.
import type { CallError } from '../../domain/errors.ts'
import type { Exchange } from '../../http/server/exchange.ts'
import { respondWithError } from '../response/respond-with-error.ts'
import type { Call } from './call.ts'

/**
 * Responds with the error and records the call as DENIED; as ERROR where the error is an internal error of the gateway. Does
 * nothing for a call that has ended already. Failures of an upstream are not refusals: see `respondWithError`.
 */
export function refuse(call: Call, exchange: Exchange, error: CallError): void {
  respondWithError(call, exchange, error, error.code === 'internal_error' ? 'ERROR' : 'DENIED')
}
