// The calls under way in this process, so that those of one key can be ended from outside.
//
// Owner: the gateway. Key: the call. Bound: the calls in flight. Lifetime: from when its key has let it in to its end, where
// it leaves by itself. There is no index by key: a call pays for nothing but to be in one bag, and a cut may look at them all.
import { setImmediate as turn } from 'node:timers/promises'
import { type AbortReason, callError } from '../../domain/errors.ts'
import type { Call } from './call.ts'
import type { UnorderedSet } from './unordered-set.ts'

export type InFlightCalls = UnorderedSet<Call>

/**
 * Ends the running calls of a key, and answers how many. To be asked once the key directory has forgotten the key: what
 * begins from then on is judged by what the key is now.
 */
export async function abortInFlightCalls(
  calls: InFlightCalls,
  keyId: number,
  reason: AbortReason,
): Promise<number> {
  // A call that was let in by what the key was before, but has not come so far as to be here, has a turn later.
  await turn()
  const error = callError(reason)
  let abort = 0
  for (const call of calls.members()) if (call.apiKeyId === keyId && call.abort(error)) abort++
  return abort
}
