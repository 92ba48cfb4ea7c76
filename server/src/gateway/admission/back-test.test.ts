// The back-test of a policy, compared with what admission does with the same calls.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BackTestRun, type PastCall } from '../../domain/policy/back-test/back-test.ts'
import { compilePolicy } from '../../domain/policy/compile-policy.ts'
import { readKeyPolicy } from '../../domain/policy/input/read-key-policy.ts'
import { createAdmission } from './admission.ts'
import type { Reservation } from './reservation.ts'

const START_MS = Date.parse('2026-11-22T23:50:00Z')
const POLICIES = [
  { limits: [{ unit: 'REQUESTS', window: 'MINUTE', max: 3 }] },
  {
    limits: [
      { unit: 'TOKENS', window: 'HOUR', max: 40 },
      { unit: 'REQUESTS', window: 'DAY', max: 12, model: 'gpt*' },
    ],
    addresses: { allow: ['192.0.2.0/24'] },
  },
  { concurrency: { maxCalls: 2 }, models: { deny: ['o1*'] }, endpoints: { allow: ['/v1/chat/*'] } },
  {
    budgets: [
      { window: 'DAY', limitUsd: '0.00000003', timeZone: 'Asia/Kolkata' },
      { window: 'MONTH', limitUsd: '0.0000001', model: 'o1*', unpriced: 'ALLOW' },
    ],
    concurrency: { maxCalls: 3 },
  },
].map((policy) => {
  const read = readKeyPolicy(policy)
  if (!read.ok || read.value === null) throw new Error('no policy')
  return read.value
})

const anyCall = fc.record({
  waitMs: fc.oneof(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 0, max: 5_000_000 })),
  durationMs: fc.integer({ min: 0, max: 90_000 }),
  address: fc.constantFrom('192.0.2.7', '192.0.2.8', '198.51.100.1', null),
  endpoint: fc.constantFrom('/v1/chat/completions', '/v1/responses'),
  model: fc.constantFrom('gpt-4o', 'o1-pro'),
  tokens: fc.integer({ min: 0, max: 20 }),
  costNanoUsd: fc.option(fc.integer({ min: 0, max: 12 }), { freq: 10 }),
})

test('says of every call what admission says when it is made again', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...POLICIES),
      fc.array(anyCall, { minLength: 1, maxLength: 80 }),
      async (policy, calls) => {
        let nowMs = START_MS
        const admission = createAdmission({
          clock: () => nowMs,
          monotonic: () => nowMs,
          load: async (_, wanted) => wanted.map(() => ({ requests: 0, tokens: 0, costNanoUsd: 0 })),
        })
        const key = { id: 1, revision: 1, policy: compilePolicy(policy) }
        const run = new BackTestRun({ policy, fromMs: 0 })
        let inFlight: { endMs: number; held: Reservation; call: PastCall }[] = []
        for (const { waitMs, ...facts } of calls) {
          nowMs += waitMs
          const call = { ...facts, atMs: nowMs, usesModel: true }
          for (const { endMs, held, call } of inFlight)
            if (endMs <= nowMs) held.settle({ tokens: call.tokens, costNanoUsd: call.costNanoUsd ?? 0 })
          inFlight = inFlight.filter(({ endMs }) => endMs > nowMs)
          const before = run.result().rules.map(({ denials }) => denials)
          run.add(call)
          const denying = run.result().rules.find(({ denials }, at) => denials !== before[at])
          const response = await admission.admit(key, call)
          if (response.admitted) inFlight.push({ endMs: nowMs + call.durationMs, held: response, call })
          const verdict = response.admitted ? undefined : response.verdict
          expect([denying?.rule, denying?.window]).toEqual([verdict?.rule, verdict?.window])
        }
      },
    ),
    { numRuns: 200 },
  )
})
