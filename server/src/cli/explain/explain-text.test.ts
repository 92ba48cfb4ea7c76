import type { CallExplanation } from '@latchkey/sdk'
import { expect, test } from 'vitest'
import { explainText } from './explain-text.ts'

const NOW_MS = Date.parse('2026-11-22T22:30:00Z')
const none = {
  model: null,
  reserved: 0,
  requested: 1,
  refusal: null,
  mode: 'ENFORCE' as const,
  sharedBy: null,
  limitUsd: null,
  spentUsd: null,
  reservedUsd: null,
  remainingUsd: null,
  requestedUsd: null,
}
const money = { ...none, limit: null, used: null, reserved: null, remaining: null, requested: null }

const explanation: CallExplanation = {
  status: 'ACTIVE',
  admitted: false,
  refusal: { code: 'budget_exceeded', httpStatus: 429, message: 'Over.\u001b[2J' },
  verdicts: [
    {
      ...money,
      rule: 'BUDGET',
      window: 'MONTH',
      limitUsd: '20',
      spentUsd: '19',
      reservedUsd: '0.5',
      remainingUsd: '0.5',
      resetsAt: '2026-12-01T00:00:00.000Z',
      refusal: 'EXHAUSTED',
    },
    {
      ...money,
      rule: 'BUDGET',
      window: 'TOTAL',
      limitUsd: '1',
      spentUsd: '0',
      reservedUsd: '0',
      remainingUsd: '1',
      resetsAt: null,
    },
    {
      ...none,
      rule: 'TOKENS',
      window: 'DAY',
      model: 'gpt*',
      limit: 5,
      used: 5,
      remaining: 0,
      resetsAt: '2026-11-23T00:00:00.000Z',
    },
    {
      ...none,
      rule: 'REQUESTS',
      window: 'HOUR',
      limit: 9,
      used: 1,
      remaining: 8,
      resetsAt: '2026-11-22T22:33:20.000Z',
    },
  ],
  routes: [],
}

test('amounts of money, spans of time, and nothing that moves a cursor', () => {
  expect(explainText({ id: 'key_7', name: 'a\nb' }, explanation, NOW_MS)).toBe(
    `Key a b (key_7) is active.
The call would be denied: 429 budget_exceeded
  Over. [2J

Rules, in the order in which they are checked:
  denies  budget per month         $19 of $20 spent, $0.5 reserved, $0.5 remaining, resets 2026-12-01 00:00:00 UTC (in 8 d 1 h), too little remains
  admits  budget in all            $0 of $1 spent, $1 remaining
  admits  tokens per day for gpt*  5 of 5 used, 0 remaining, resets 2026-11-23 00:00:00 UTC (in 1 h 30 min)
  admits  requests per hour        1 of 9 used, 8 remaining, resets 2026-11-22 22:33:20 UTC (in 3 min 20 s)

The call has no candidate routes.`,
  )
})

test('a rule that the key shares names with whom', () => {
  const [, , , requests] = explanation.verdicts
  const verdicts = requests === undefined ? [] : [{ ...requests, sharedBy: { id: 'own_3', name: 'Search' } }]
  expect(explainText({ id: 'key_7', name: 'a' }, { ...explanation, verdicts }, NOW_MS)).toContain(
    'requests per hour (shared: Search, own_3)',
  )
})
