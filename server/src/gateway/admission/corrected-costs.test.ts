import { expect, test } from 'vitest'
import type { CostCorrection } from '../../domain/usage/cost-changes.ts'
import type { KnownUsage } from '../../ledger/usage/key-usage.ts'
import { createAdmission, type GovernedKey } from './admission.ts'
import { compiled } from './admission-fixture.ts'

const NOW = Date.parse('2026-11-22T12:00:00Z')
const CALL = {
  address: '192.0.2.7',
  endpoint: '/v1/chat/completions',
  usesModel: true,
  model: 'm1',
  tokens: 1,
  costNanoUsd: 1,
} as const

const budget = (limitUsd: string, more: object = {}) =>
  compiled({ budgets: [{ window: 'DAY', limitUsd, ...more }] })

function engine() {
  let monotonicMs = 0
  let spent = 0
  const waiting: (() => void)[] = []
  const admission = createAdmission({
    clock: () => NOW,
    monotonic: () => monotonicMs,
    load: (_id, wanted) => {
      const { promise, resolve } = Promise.withResolvers<KnownUsage[]>()
      const usage = wanted.map(() => ({ requests: 0, tokens: 0, costNanoUsd: spent }))
      waiting.push(() => resolve(usage))
      return promise
    },
  })
  const used = async (key: GovernedKey) => {
    const verdicts = admission.explain(key, CALL)
    await loaded()
    return (await verdicts).map((verdict) => verdict.used)
  }
  async function loaded(): Promise<void> {
    for (let turns = 0; turns < 20; turns++) {
      waiting.shift()?.()
      await Promise.resolve()
    }
  }
  return {
    admission,
    used,
    waiting,
    at: (ms: number) => {
      monotonicMs = ms
    },
    ledgerHas: (nanoUsd: number) => {
      spent = nanoUsd
    },
  }
}

const correction = (more: Partial<CostCorrection> = {}): CostCorrection => ({
  apiKeyId: 1,
  ownerId: null,
  labels: [],
  model: 'm1',
  atMs: NOW - 1_000,
  nanoUsd: 7,
  ...more,
})

test('a budget counts what a call of its window cost more, or less, and not that of another window or model', async () => {
  const { admission, used, at } = engine()
  const key = { id: 1, revision: 1, policy: budget('1', { model: 'm1' }) }
  expect(await used(key)).toEqual([0])
  at(10)
  admission.correct([correction(), correction({ atMs: NOW - 86_400_000 }), correction({ model: 'm2' })], 5)
  expect(await used(key)).toEqual([7])
  admission.correct([correction({ nanoUsd: -3 }), correction({ apiKeyId: 2 })], 5)
  expect(await used(key)).toEqual([4])
})

test('so do the budgets of the owner and of the labels that the call had', async () => {
  const { admission, used, at } = engine()
  const shared = (kind: 'OWNER' | 'LABEL', id: string, name: string) => ({
    by: { kind, id, name },
    id: 5,
    policy: budget('1'),
    revision: 1,
  })
  const key = {
    id: 1,
    revision: 1,
    policy: budget('1'),
    shared: [shared('OWNER', 'own_5', 'Search'), shared('LABEL', 'lim_5', 'env=prod')],
  }
  expect(await used(key)).toEqual([0, 0, 0])
  at(10)
  admission.correct([correction({ ownerId: 5, labels: ['env=prod'] })], 5)
  expect(await used(key)).toEqual([7, 7, 7])
})

test('a load that may hold the correction already, or not yet, is repeated: it is counted once', async () => {
  const { admission, used, at, ledgerHas, waiting } = engine()
  const key = { id: 1, revision: 1, policy: budget('1') }
  // Loaded after the correction began.
  at(10)
  ledgerHas(7)
  expect(await used(key)).toEqual([7])
  admission.correct([correction()], 5)
  expect(await used(key)).toEqual([7])
  // While it loads, from before the correction.
  const other = { ...key, id: 2 }
  ledgerHas(0)
  const verdicts = admission.explain(other, CALL)
  ledgerHas(7)
  admission.correct([correction({ apiKeyId: 2 })], 15)
  expect(await used(other)).toEqual([7])
  expect((await verdicts).map((verdict) => verdict.used)).toEqual([7])
  expect(waiting).toEqual([])
})
