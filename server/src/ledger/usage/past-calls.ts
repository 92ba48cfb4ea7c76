// What a policy would have done to the calls that a key has made, or all keys of an owner or a label, from the request logs.
import { type BackTest, type CallSource, runUpStartMs } from '../../domain/policy/back-test/back-test.ts'
import type { KeyPolicy } from '../../domain/policy/key-policy.ts'
import { requestIdTimeMs } from '../../domain/uuid.ts'
import { requestLogBehind } from '../../store/queries/past-calls.ts'
import type { Store } from '../../store/store.ts'

/** Request logs that one back-test reads, the newest: some 2 s on a thread of low priority. */
export const PAST_CALLS_MAX = 500_000

export type LedgerBackTest = BackTest & {
  /** Where the calls that are counted begin: later than requested, where there are more than may be read. */
  fromMs: number
  /** False where there are so many request logs in the range, or in the windows that it begins in, that not all were read. */
  complete: boolean
}

// One at a time: each reads as fast as it can.
let line: Promise<unknown> = Promise.resolve()

/**
 * Runs the calls that were sent to an upstream since `fromMs` through a policy, those before in the same windows
 * included. Rejects where the database does not respond.
 */
export function backTestCalls(
  store: Store,
  asked: CallSource & { policy: KeyPolicy; fromMs: number; toMs: number },
  max: number = PAST_CALLS_MAX,
): Promise<LedgerBackTest> {
  const { policy, fromMs, toMs, ...source } = asked
  const test = line.then(async () => {
    const runUpMs = runUpStartMs(policy, fromMs)
    const boundMs = await boundOf(store, { ...source, fromMs: runUpMs, toMs }, max)
    const readFromMs = boundMs ?? runUpMs
    const query = { ...source, policy, readFromMs, fromMs: Math.max(fromMs, readFromMs), toMs }
    const result = await store.backTest(query)
    return { ...result, fromMs: query.fromMs, complete: boundMs === null }
  })
  line = test.catch(() => undefined)
  return test
}

/** The first instant since which there are no more than `max` request logs; null where there are no more at all. */
async function boundOf(
  store: Store,
  range: CallSource & { fromMs: number; toMs: number },
  max: number,
): Promise<number | null> {
  const id = await requestLogBehind(store, range, max)
  // That log is one too many. Others of the same millisecond are omitted with it.
  return id === null ? null : requestIdTimeMs(id) + 1
}
