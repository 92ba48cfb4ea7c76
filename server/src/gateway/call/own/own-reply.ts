// Asks the process that has the database about a key, and takes its refusals.
import { type CallError, callError } from '../../../domain/errors.ts'
import type { OwnKeyReply, OwnKeyRequest } from '../../../domain/keys/own-key.ts'
import type { Gateway } from '../../gateway.ts'

/** The reply, or the error of the call; a database that does not respond is one. */
export async function ask(gateway: Gateway, request: OwnKeyRequest): Promise<OwnKeyReply | CallError> {
  try {
    const reply = await gateway.ownKeys(request)
    return 'refused' in reply ? reply.refused : reply
  } catch {
    return callError('key_store_unavailable')
  }
}

/** The error of a reply to another question. */
export function unexpected(): CallError {
  return callError('internal_error')
}
