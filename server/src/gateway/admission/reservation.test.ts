// What an admitted call takes from the account of its key, while it goes on and at its end.
import { beforeEach, describe, expect, test } from 'vitest'
import { MINUTE_MS } from '../../domain/time.ts'
import type { Admission, GovernedKey } from './admission.ts'
import {
  budget,
  call,
  engine,
  keyWith,
  pass,
  remaining,
  requests,
  reserve,
  reset,
  tokens,
} from './admission-fixture.ts'

beforeEach(reset)

describe('a call that ends', () => {
  const policy = {
    limits: [requests(10), tokens(1_000)],
    budgets: [budget('0.000010')],
    concurrency: { maxCalls: 5 },
  }

  test('released, changes nothing', async () => {
    const admission = engine()
    const key = keyWith(policy)
    const before = await admission.explain(key, call)
    const held = await reserve(admission, key)
    expect(await admission.explain(key, call)).not.toEqual(before)
    held.release()
    held.release()
    held.settle({ tokens: 5, costNanoUsd: 5 })
    expect(await admission.explain(key, call)).toEqual(before)
  })

  test('settled, counts once, however often it ends', async () => {
    const admission = engine()
    const key = keyWith(policy)
    const held = await reserve(admission, key)
    held.settle({ tokens: 40, costNanoUsd: 300 })
    held.settle({ tokens: 40, costNanoUsd: 300 })
    held.release()
    expect(await remaining(admission, key)).toEqual({
      REQUESTS: 9,
      TOKENS: 960,
      BUDGET: 9_700,
      CONCURRENCY: 5,
    })
  })

  test('after its window, is not counted in the next', async () => {
    const admission = engine()
    const key = keyWith(policy)
    const settled = await reserve(admission, key)
    const released = await reserve(admission, key)
    pass(MINUTE_MS)
    await reserve(admission, key)
    settled.settle({ tokens: 500, costNanoUsd: 2_000 })
    released.release()
    // The minute is a new one; the day is not.
    expect(await remaining(admission, key)).toEqual({
      REQUESTS: 9,
      TOKENS: 900,
      BUDGET: 7_000,
      CONCURRENCY: 4,
    })
  })
})

describe('a call that is charged while it goes on', () => {
  const limit = (max: number, window = 'MINUTE') => keyWith({ limits: [{ unit: 'TOKENS', window, max }] })
  const admitted = async (admission: Admission, key: GovernedKey) => {
    const decision = await admission.admit(key, { ...call, tokens: 1 })
    if (!decision.admitted) throw new Error('denied')
    return decision
  }
  const used = async (admission: Admission, key: GovernedKey) => (await admission.explain(key, call))[0]?.used
  const use = (tokens: number) => ({ tokens, costNanoUsd: 0 })

  test('learns when its limit is spent, and counts once', async () => {
    const admission = engine()
    const key = limit(100)
    const hold = await admitted(admission, key)
    expect(await hold.charge(use(60))).toBeNull()
    expect(await used(admission, key)).toBe(61)
    expect(await hold.charge(use(50))).toMatchObject({ rule: 'TOKENS', refusal: 'EXHAUSTED', limit: 100 })
    hold.settle(use(115))
    expect(await used(admission, key)).toBe(115)
    expect(await hold.charge(use(1))).toBeNull()
    expect(await used(admission, key)).toBe(115)
  })

  test('counts in the window of each charge, and what is left at its end in that of the end', async () => {
    const admission = engine()
    const key = limit(100)
    const hold = await admitted(admission, key)
    await hold.charge(use(60))
    pass(MINUTE_MS)
    expect(await used(admission, key)).toBe(0)
    expect(await hold.charge(use(99))).toBeNull()
    expect(await hold.charge(use(1))).toMatchObject({ refusal: 'EXHAUSTED' })
    pass(MINUTE_MS)
    hold.settle(use(165))
    expect(await used(admission, key)).toBe(5)
  })

  test('keeps its charges where it is released, and in a counter that is loaded meanwhile', async () => {
    const admission = engine()
    const hold = await admitted(admission, limit(100))
    await hold.charge(use(60))
    const changed = keyWith({ limits: [{ unit: 'TOKENS', window: 'DAY', max: 100 }] }, { revision: 2 })
    expect(await used(admission, changed)).toBe(61)
    hold.release()
    expect(await used(admission, changed)).toBe(60)
  })
})
