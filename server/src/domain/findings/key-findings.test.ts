import { expect, test } from 'vitest'
import { DAY_MS, MINUTE_MS } from '../time.ts'
import type { KeyFact, RecentCalls } from './key-facts.ts'
import { keyFindings } from './key-findings.ts'

const NOW = Date.parse('2026-11-30T12:00:00Z')

const KEY: KeyFact = {
  id: 1,
  name: 'a',
  ownerId: null,
  policy: null,
  createdMs: NOW - 30 * DAY_MS,
  updatedMs: NOW - 30 * DAY_MS,
  lastUsedMs: NOW,
  expiresMs: null,
  secretMs: null,
  isDisabled: false,
  formerUntilMs: null,
}
const denied = (firstMs: number, lastMs: number): RecentCalls => ({
  apiKeyId: 1,
  outcome: 'DENIED',
  errorCode: 'budget_exhausted',
  usedSecret: null,
  calls: 2,
  firstMs,
  lastMs,
})
const success = (lastMs: number): RecentCalls => ({
  ...denied(lastMs, lastMs),
  outcome: 'SUCCESS',
  errorCode: null,
})

function since(
  code: string,
  key: Partial<KeyFact>,
  recent: RecentCalls[] = [],
): [number | null, boolean] | undefined {
  const facts = { key: { ...KEY, ...key }, policy: null, budgets: [], recent, modelsUsed: null }
  const found = keyFindings(facts, NOW).find((one) => one.code === code)
  return found && [found.sinceMs, found.sinceAtLeast]
}

const ago = (minutes: number) => NOW - minutes * MINUTE_MS

test.for<[string, RecentCalls[], [number, boolean]]>([
  ['since the first failure after a success', [success(ago(9)), denied(ago(8), ago(1))], [ago(8), false]],
  ['at least since the first that is known', [denied(ago(8), ago(1))], [ago(8), true]],
  ['of failures around a success, since the last', [denied(ago(8), ago(1)), success(ago(5))], [ago(1), true]],
])('calls are denied %s', ([, recent, expected]) => {
  expect(since('KEY_BUDGET_SPENT', {}, recent)).toEqual(expected)
})

test('a key expires soon from 7 days before, but not before it was made, and not surely before its last change', () => {
  const expiresMs = NOW + 3 * DAY_MS
  expect(since('KEY_EXPIRES_SOON', { expiresMs })).toEqual([NOW - 4 * DAY_MS, false])
  const createdMs = NOW - DAY_MS
  expect(since('KEY_EXPIRES_SOON', { expiresMs, createdMs, updatedMs: createdMs })).toEqual([
    createdMs,
    false,
  ])
  expect(since('KEY_EXPIRES_SOON', { expiresMs, updatedMs: createdMs })).toEqual([createdMs, true])
})

test('a key has no limit since it was made, or at least since its last change', () => {
  expect(since('KEY_WITHOUT_LIMITS', {})).toEqual([KEY.createdMs, false])
  expect(since('KEY_WITHOUT_LIMITS', { updatedMs: NOW - DAY_MS })).toEqual([NOW - DAY_MS, true])
})
