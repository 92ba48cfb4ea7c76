// The accounts of keys: loaded once, kept over a change of the policy, and bounded.
import { beforeEach, describe, expect, test } from 'vitest'
import { MINUTE_MS } from '../../domain/time.ts'
import {
  budget,
  call,
  engine,
  fixture,
  keyWith,
  NOTHING,
  pass,
  refusal,
  remaining,
  requests,
  reserve,
  reset,
  START_MS,
  tokens,
} from './admission-fixture.ts'

beforeEach(reset)

describe('loading', () => {
  const key = keyWith({
    limits: [requests(2)],
    budgets: [budget('1', { window: 'MONTH', timeZone: 'Asia/Shanghai' })],
  })

  test('requests the usage since each window began, by model where a rule names one', async () => {
    await reserve(
      engine(),
      keyWith({
        ...{ limits: [tokens(500, { model: 'gpt-4*' })] },
        budgets: [budget('1', { window: 'MONTH', timeZone: 'Asia/Shanghai' })],
      }),
    )
    expect(fixture.loads).toEqual([
      {
        keyId: 1,
        wanted: [
          { sinceMs: Date.parse('2026-10-31T16:00:00Z'), model: null, money: true },
          { sinceMs: START_MS, model: 'gpt-4*', money: false },
        ],
      },
    ])
  })

  test('happens once, and later calls are decided at once', async () => {
    const admission = engine()
    await Promise.all([admission.admit(key, call), admission.admit(key, call)])
    expect(fixture.loads).toHaveLength(1)
    expect(admission.admit(key, call)).not.toBeInstanceOf(Promise)
  })

  test('that fails fails the calls that wait, and the next call tries again', async () => {
    const admission = engine()
    fixture.ledger = () => Promise.reject(new Error('away'))
    const waiting = [admission.admit(key, call), admission.admit(key, call)]
    await expect(Promise.allSettled(waiting)).resolves.toMatchObject([
      { status: 'rejected' },
      { status: 'rejected' },
    ])
    expect(admission.size()).toBe(0)
    fixture.ledger = () => NOTHING
    await reserve(admission, key)
    expect(fixture.loads).toHaveLength(2)
  })

  test('that lasts longer than its window counts nothing of it in the next', async () => {
    const admission = engine()
    fixture.ledger = () => {
      pass(MINUTE_MS)
      return { requests: 2, tokens: 0, costNanoUsd: 0 }
    }
    await reserve(admission, keyWith({ limits: [requests(2)] }))
  })

  test('is not needed for a key without a policy', () => {
    const response = engine().admit(keyWith(null), call)
    expect(response).toMatchObject({ admitted: true, shadow: [] })
    expect(fixture.loads).toEqual([])
  })
})

describe('a change of the policy', () => {
  test('keeps what was counted, and applies from the next call on', async () => {
    const admission = engine()
    await reserve(admission, keyWith({ limits: [requests(10)] }))
    await reserve(admission, keyWith({ limits: [requests(10)] }))
    const tighter = keyWith({ limits: [requests(2)] }, { revision: 2 })
    admission.announce(tighter)
    // An older copy of the key does not bring the older policy back.
    expect(await refusal(admission, keyWith({ limits: [requests(10)] }))).toMatchObject({ limit: 2, used: 2 })
    expect(fixture.loads).toHaveLength(1)
  })

  test('fixture.loads what it newly counts, with the in-flight calls', async () => {
    const admission = engine()
    const held = await reserve(admission, keyWith({ limits: [requests(10)] }))
    fixture.ledger = () => ({ requests: 0, tokens: 700, costNanoUsd: 0 })
    const key = keyWith({ limits: [requests(10), tokens(1_000)] }, { revision: 2 })
    expect(await remaining(admission, key)).toEqual({ REQUESTS: 9, TOKENS: 200 })
    held.settle({ tokens: 30, costNanoUsd: 0 })
    expect(await remaining(admission, key)).toEqual({ REQUESTS: 9, TOKENS: 270 })
  })

  test('reads the ledger again where a call ended meanwhile, since it is not known whether the total includes it', async () => {
    const admission = engine()
    const held = await reserve(admission, keyWith({ limits: [requests(10)] }))
    let recorded = 0
    fixture.ledger = () => {
      const sum = { ...NOTHING, tokens: recorded }
      held.settle({ tokens: 30, costNanoUsd: 0 })
      recorded = 30
      return sum
    }
    const key = keyWith({ limits: [tokens(1_000)] }, { revision: 2 })
    expect(await remaining(admission, key)).toEqual({ TOKENS: 970 })
    // One for the first policy, two for the second.
    expect(fixture.loads).toHaveLength(3)
  })

  test('during a load is the one that waiting calls are judged by', async () => {
    const admission = engine()
    const waiting = admission.admit(keyWith({ limits: [requests(10)] }), call)
    admission.announce(keyWith({ models: { allow: ['x'] } }, { revision: 2 }))
    expect(await waiting).toMatchObject({ admitted: false, verdict: { rule: 'MODEL' } })
  })

  test('to none forgets the key', async () => {
    const admission = engine()
    const held = await reserve(admission, keyWith({ limits: [requests(10)] }))
    admission.announce(keyWith(null, { revision: 2 }))
    expect(admission.size()).toBe(1)
    held.release()
    admission.announce(keyWith(null, { revision: 2 }))
    expect(admission.size()).toBe(0)
  })
})

describe('memory', () => {
  const policy = { limits: [requests(100)] }

  test('is bounded, and the keys that are used most stay', async () => {
    const admission = engine({ keysMax: 4 })
    for (let id = 1; id <= 50; id++) {
      const held = await reserve(admission, keyWith(policy, { id }))
      held.settle({ tokens: 1, costNanoUsd: 0 })
      await reserve(admission, keyWith(policy, { id: 1 })).then((one) => one.release())
      expect(admission.size()).toBeLessThanOrEqual(4)
    }
    expect(fixture.loads.filter(({ keyId }) => keyId === 1).length).toBeLessThan(10)
  })

  test('never loses an in-flight call', async () => {
    const admission = engine({ keysMax: 2 })
    const held = await Promise.all([1, 2, 3].map((id) => reserve(admission, keyWith(policy, { id }))))
    expect(admission.size()).toBe(3)
    for (const one of held) one.settle({ tokens: 1, costNanoUsd: 0 })
    await reserve(admission, keyWith(policy, { id: 4 }))
    expect(admission.size()).toBeLessThanOrEqual(2)
  })
})
