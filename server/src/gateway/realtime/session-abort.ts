// Why a session is ended from outside, and what each of its peers gets.
import { type CallError, callError } from '../../domain/errors.ts'
import type { SessionAbort } from './relay.ts'

/** The gateway stops. */
export const GATEWAY_STOPS: SessionAbort = {
  outcome: 'INTERRUPTED',
  closeCode: 1001,
  reason: 'This gateway is restarting.',
  error: callError('shutting_down'),
}

/** An internal error of the gateway. */
export const INTERNAL_ERROR: SessionAbort = {
  outcome: 'ERROR',
  closeCode: 1011,
  reason: 'This gateway has failed.',
  error: callError('internal_error'),
}

/** It has lasted as long as a session may. */
export const SESSION_EXPIRED: SessionAbort = {
  outcome: 'ERROR',
  closeCode: 1001,
  reason: callError('session_expired').message,
  error: callError('session_expired'),
}

/** Why the calls of a key are aborted: the gateway stops, or the key may make none. */
export function abortFor(error: CallError): SessionAbort {
  return error.code === 'shutting_down' ? GATEWAY_STOPS : keyStopped(error)
}

/** RFC 6455 §7.4.1: 1008, the message of a peer violates a policy. */
function keyStopped(error: CallError): SessionAbort {
  return { outcome: 'ERROR', closeCode: 1008, reason: error.message, error }
}
