// The in-flight calls of this process, so that those of one key can be aborted.
//
// Owner: the gateway. Key: the call. Bound: the calls in flight. Lifetime: from when its key admits it to its end, where it
// removes itself. There is no index by key: a call pays only for being in one unordered set, and an abort may visit them all.
import { setImmediate as turn } from 'node:timers/promises'
import { type AbortReason, callError } from '../../domain/errors.ts'
import type { Call } from './call.ts'
import type { UnorderedSet } from './unordered-set.ts'

export type InFlightCalls = UnorderedSet<Call>

/**
 * Aborts the in-flight calls of these keys, and resolves with how many. To be called once the key directory has forgotten the
 * keys: calls that begin after that are judged by what the keys are now.
 */
export async function abortInFlightCalls(
  calls: InFlightCalls,
  keyIds: readonly number[],
  reason: AbortReason,
): Promise<number> {
  // A call that was admitted by what the key was before, but is not in flight yet, is so one turn of the event loop later.
  await turn()
  const error = callError(reason)
  const ids = new Set(keyIds)
  let aborted = 0
  for (const call of calls.members()) {
    if (call.apiKeyId !== null && ids.has(call.apiKeyId) && call.abort(error)) aborted++
  }
  return aborted
}

/** Interrupts every call that is still in flight, because the gateway stops; returns how many. */
export function interruptInFlightCalls(calls: InFlightCalls): number {
  const error = callError('shutting_down')
  let interrupted = 0
  // A call that ends leaves the set.
  for (const call of [...calls.members()]) if (call.abort(error)) interrupted++
  return interrupted
}
