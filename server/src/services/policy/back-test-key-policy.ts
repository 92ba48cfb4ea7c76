// What a policy would have done to the calls that a key has made.
import type { Actor } from '../../domain/admins/actor.ts'
import type { CallSource, RuleOutcome } from '../../domain/policy/back-test/back-test.ts'
import { backTestSentence, ruleSentence } from '../../domain/policy/back-test/back-test-text.ts'
import { readKeyPolicy } from '../../domain/policy/input/read-key-policy.ts'
import { storedPolicy } from '../../domain/policy/input/stored-policy.ts'
import { type KeyPolicy, UNRESTRICTED } from '../../domain/policy/key-policy.ts'
import { DAY_MS } from '../../domain/time.ts'
import { failed, ok, problemsOf, type Result } from '../../domain/user-error.ts'
import { backTestCalls } from '../../ledger/usage/past-calls.ts'
import type { ControlPlane } from '../control-plane.ts'
import { noSuchKey } from '../keys/api-key-row.ts'
import { ownedBy } from '../owners/within-owners.ts'

export type BackTestKeyPolicyInput = {
  number: number
  /** What `readKeyPolicy` reads; undefined: the policy that the key has. */
  policy?: unknown
  days: number
}

export type BackTestedRule = RuleOutcome & { summary: string }

export type BackTestedPolicy = {
  fromMs: number
  toMs: number
  complete: boolean
  firstCallAtMs: number | null
  calls: number
  denied: number
  rules: BackTestedRule[]
  summary: string
}

export const BACK_TEST_DAYS_MAX = 30

/** Changes nothing, and no call waits for it. A rule in shadow counts as one that denies. */
export async function backTestKeyPolicy(
  plane: ControlPlane,
  actor: Actor,
  { number, policy, days }: BackTestKeyPolicyInput,
): Promise<Result<BackTestedPolicy>> {
  const read = readKeyPolicy(policy)
  const range = readBackTestDays(days)
  if (!read.ok || !range.ok) return { ok: false, errors: problemsOf(read, range) }
  const key = await plane.store.prisma.apiKey.findUnique({ where: { id: number, ...ownedBy(actor) } })
  if (key === null) return noSuchKey('apiKeyId')
  const tried = policy === undefined ? storedPolicy(key.policy) : read.value
  return ok(await runBackTest(plane, { apiKeyId: key.id }, tried, days))
}

/** Runs the calls of the last days, once all of them are in the database. */
export async function runBackTest(
  plane: ControlPlane,
  source: CallSource,
  policy: KeyPolicy | null,
  days: number,
): Promise<BackTestedPolicy> {
  await plane.ledger.settled()
  const toMs = plane.clock()
  const isShared = !('apiKeyId' in source)
  const test = await backTestCalls(plane.store, {
    ...source,
    policy: policy ?? UNRESTRICTED,
    fromMs: toMs - days * DAY_MS,
    // A call of this very millisecond is in.
    toMs: toMs + 1,
  })
  const sentence = backTestSentence(test, days, isShared)
  return {
    ...test,
    toMs,
    rules: test.rules.map((rule) => ({ ...rule, summary: ruleSentence(rule, test.calls, days) })),
    summary: test.complete
      ? sentence
      : `${sentence} Only the newest calls were read, back to ${new Date(test.fromMs).toISOString()}.`,
  }
}

/** How far to look back: 1 to 30 days. */
export function readBackTestDays(days: number): Result<null> {
  if (Number.isInteger(days) && days >= 1 && days <= BACK_TEST_DAYS_MAX) return ok(null)
  return failed('OUT_OF_RANGE', 'days', `days must be a whole number from 1 to ${BACK_TEST_DAYS_MAX}.`, {
    min: 1,
    max: BACK_TEST_DAYS_MAX,
  })
}
