// In which window a call counts, whatever the clock does.
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { DAY_MS, MINUTE_MS } from '../../domain/time.ts'
import {
  budget,
  call,
  engine,
  fixture,
  keyWith,
  pass,
  refusal,
  requests,
  reserve,
  reset,
  START_MS,
  tokens,
} from './admission-fixture.ts'
import type { Reservation } from './reservation.ts'

beforeEach(reset)

describe('a window', () => {
  const key = keyWith({ limits: [requests(1)] })

  test('that ends admits calls again, from the instant of its end', async () => {
    const admission = engine()
    await reserve(admission, key)
    pass(MINUTE_MS - 1)
    expect(await refusal(admission, key)).toMatchObject({
      used: 1,
      limit: 1,
      resetsAtMs: START_MS + MINUTE_MS,
    })
    pass(1)
    await reserve(admission, key)
  })

  test('is not emptied by a clock that is set back, nor for long', async () => {
    const admission = engine()
    await reserve(admission, key)
    fixture.nowMs -= DAY_MS
    expect(await refusal(admission, key)).toMatchObject({ resetsAtMs: START_MS - DAY_MS + MINUTE_MS })
    pass(MINUTE_MS)
    await reserve(admission, key)
  })

  test('is emptied once by a clock that is set ahead and back', async () => {
    const admission = engine()
    await reserve(admission, key)
    fixture.nowMs += DAY_MS
    await reserve(admission, key)
    fixture.nowMs -= DAY_MS
    expect(await refusal(admission, key)).toMatchObject({ refusal: 'EXHAUSTED' })
    fixture.nowMs += DAY_MS
    expect(await refusal(admission, key)).toMatchObject({ refusal: 'EXHAUSTED' })
    fixture.nowMs -= DAY_MS
    pass(MINUTE_MS)
    await reserve(admission, key)
  })

  test('a clock that was ahead by a month holds a day for no longer than the day', async () => {
    const admission = engine()
    const daily = keyWith({ limits: [{ unit: 'REQUESTS', window: 'DAY', max: 1 }] })
    fixture.nowMs += 30 * DAY_MS
    await reserve(admission, daily)
    fixture.nowMs -= 30 * DAY_MS
    await refusal(admission, daily)
    pass(DAY_MS / 2)
    await reserve(admission, daily)
  })
})

describe('whatever happens', () => {
  type Step = { kind: 'admit' | 'settle' | 'release' | 'pass'; amount: number; pick: number }
  const step: fc.Arbitrary<Step> = fc.record({
    kind: fc.constantFrom('admit', 'admit', 'admit', 'settle', 'release', 'pass'),
    amount: fc.integer({ min: 0, max: 400 }),
    pick: fc.nat(1_000),
  })

  test('no window has more than its limit, used and reserved, where calls keep to what they reserved', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 80, size: 'max' }),
        fc.integer({ min: 1, max: 12 }),
        async (steps, most) => {
          reset()
          const admission = engine()
          const key = keyWith({
            limits: [requests(most), tokens(1_000)],
            budgets: [budget('0.000005')],
            concurrency: { maxCalls: 4 },
          })
          // The totals of a ledger: calls by the minute in which they were admitted.
          const held: { one: Reservation; minute: number; size: number }[] = []
          const byMinute = new Map<number, { requests: number; tokens: number }>()
          let spent = 0
          for (const { kind, amount, pick } of steps) {
            const minute = Math.floor(fixture.nowMs / MINUTE_MS)
            const totals = byMinute.get(minute) ?? { requests: 0, tokens: 0 }
            byMinute.set(minute, totals)
            if (kind === 'pass') pass(amount * 200)
            if (kind === 'admit') {
              const response = await admission.admit(key, { ...call, tokens: amount, costNanoUsd: amount })
              const wouldFit =
                totals.requests < most &&
                (amount === 0 || totals.tokens + amount <= 1_000) &&
                (amount === 0 || spent + amount <= 5_000) &&
                held.length < 4
              expect(response.admitted).toBe(wouldFit)
              if (!response.admitted) continue
              held.push({ one: response, minute, size: amount })
              totals.requests += 1
              totals.tokens += amount
              spent += amount
            }
            const [ended] =
              kind === 'settle' || kind === 'release' ? held.splice(pick % (held.length || 1), 1) : []
            if (ended === undefined) continue
            const then = byMinute.get(ended.minute)
            const actual = kind === 'settle' ? pick % (ended.size + 1) : 0
            if (kind === 'settle') ended.one.settle({ tokens: actual, costNanoUsd: actual })
            else ended.one.release()
            if (then === undefined) continue
            then.tokens -= ended.size - actual
            spent -= ended.size - actual
            if (kind === 'release') then.requests -= 1
          }
        },
      ),
      { numRuns: 200 },
    )
  })

  test('clocks that jump block no limit for ever: a window after they stop, there is room', async () => {
    const jumps = fc.array(fc.integer({ min: -3 * DAY_MS, max: 3 * DAY_MS }), { maxLength: 20, size: 'max' })
    await fc.assert(
      fc.asyncProperty(
        jumps,
        fc.constantFrom(['MINUTE', MINUTE_MS] as const, ['HOUR', 60 * MINUTE_MS] as const),
        async (by, [window, lengthMs]) => {
          reset()
          const admission = engine()
          const key = keyWith({ limits: [{ unit: 'REQUESTS', window, max: 1 }] })
          for (const ms of by) {
            fixture.nowMs += ms
            await admission.admit(key, call)
          }
          pass(2 * lengthMs)
          await admission.admit(key, call)
          pass(lengthMs)
          await reserve(admission, key)
        },
      ),
      { numRuns: 200 },
    )
  })
})
