import { expect, test } from 'vitest'
import { createAdmission, type Denial, type GovernedKey, type SharedPolicy } from './admission.ts'
import { call, compiled } from './admission-fixture.ts'
import type { Reservation } from './reservation.ts'

const owner = (policy: unknown, revision = 1): SharedPolicy => ({
  by: { kind: 'OWNER', id: 'own_5', name: 'Search' },
  id: 5,
  policy: compiled(policy),
  revision,
})
const label = (policy: unknown): SharedPolicy => ({
  by: { kind: 'LABEL', id: 'lim_5', name: 'env=prod' },
  id: 5,
  policy: compiled(policy),
  revision: 1,
})
const requests = (max: number, more: object = {}) => ({
  limits: [{ unit: 'REQUESTS', window: 'DAY', max, ...more }],
})
const keyOf = (id: number, policy: unknown, ...shared: SharedPolicy[]): GovernedKey => ({
  id,
  revision: 1,
  policy: compiled(policy),
  shared,
})
const OWN = requests(1_000)

function engine() {
  const loads: string[] = []
  const warnings: string[] = []
  const admission = createAdmission({
    clock: () => Date.parse('2026-11-22T12:00:00Z'),
    monotonic: () => 0,
    load: async (id, wanted, of) => {
      loads.push(`${of.kind} ${id}`)
      return wanted.map(() => ({ requests: 0, tokens: 0, costNanoUsd: 0 }))
    },
    onWarning: (id, _, of) => warnings.push(`${of.kind} ${id}`),
  })
  return { admission, loads, warnings }
}

async function reserved(decision: Reservation | Denial | Promise<Reservation | Denial>) {
  const response = await decision
  if (!response.admitted) throw new Error('denied')
  return response
}

test('an owner and label limits of one number are two accounts, each loaded once for all keys', async () => {
  const { admission, loads } = engine()
  const shared = [owner(requests(3)), label(requests(2))]
  const keys = [1, 2, 3, 4].map((id) => keyOf(id, OWN, ...shared))
  const responses = await Promise.all(keys.map((key) => admission.admit(key, call)))
  expect(responses.filter(({ admitted }) => admitted)).toHaveLength(2)
  expect(responses[3]).toMatchObject({ verdict: { sharedBy: { kind: 'LABEL', name: 'env=prod' }, limit: 2 } })
  expect(loads.sort()).toEqual(['KEY 1', 'KEY 2', 'KEY 3', 'KEY 4', 'LABEL 5', 'OWNER 5'])
})

test('a call that one account refuses is counted in none', async () => {
  const { admission } = engine()
  const key = keyOf(1, OWN, owner(requests(10)), label(requests(1)))
  await reserved(admission.admit(key, call))
  for (let at = 0; at < 5; at++) expect((await admission.admit(key, call)).admitted).toBe(false)
  const verdicts = await admission.explain(key, call)
  expect(verdicts.map(({ used, sharedBy }) => [sharedBy?.kind ?? 'KEY', used])).toEqual([
    ['KEY', 1],
    ['OWNER', 1],
    ['LABEL', 1],
  ])
})

test('a reservation is charged, settled and released in every account, and the tightest remainder is reported', async () => {
  const { admission, warnings } = engine()
  const budgets = [{ window: 'TOTAL', limitUsd: '0.000002', warnAtPercent: 50 }]
  const key = keyOf(1, OWN, owner({ budgets, ...requests(7), concurrency: { maxCalls: 1 } }))
  const first = await reserved(admission.admit(key, call))
  expect(first.limits.requests).toMatchObject({ limit: 7, remaining: 6 })
  expect(await admission.admit(keyOf(2, OWN, ...(key.shared ?? [])), call)).toMatchObject({
    verdict: { rule: 'CONCURRENCY', sharedBy: { kind: 'OWNER' } },
  })
  expect(await first.charge({ tokens: 1, costNanoUsd: 2_000 })).toMatchObject({
    rule: 'BUDGET',
    sharedBy: { kind: 'OWNER' },
  })
  expect(warnings).toEqual(['OWNER 5'])
  first.settle({ tokens: 1, costNanoUsd: 2_000 })
  first.release()
  expect(await admission.admit(key, call)).toMatchObject({
    verdict: { rule: 'BUDGET', refusal: 'EXHAUSTED' },
  })
  const free = keyOf(3, OWN, label(requests(1)))
  const second = await reserved(admission.admit(free, call))
  second.release()
  await reserved(admission.admit(free, call))
})

test('a shared rule in shadow mode only notes, and an older copy of a key brings no older policy back', async () => {
  const { admission } = engine()
  const watched = keyOf(1, OWN, owner(requests(1, { mode: 'SHADOW' })))
  await reserved(admission.admit(watched, call))
  const second = await reserved(admission.admit(watched, call))
  expect(second.shadow).toMatchObject([{ rule: 'REQUESTS', sharedBy: { kind: 'OWNER' } }])
  const { by, id } = owner(OWN)
  admission.announceShared({ by, id, revision: 2, policy: compiled(requests(2)) })
  expect((await admission.admit(watched, call)).admitted).toBe(false)
  admission.announceShared({ by, id, revision: 3, policy: null })
  await reserved(admission.admit(watched, call))
})
