import * as cockatiel from 'cockatiel'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Breaker, createBreaker } from './circuit-breaker.ts'

let breaker: Breaker
let closed = 0

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 })
  closed = 0
  breaker = createBreaker(cockatiel, 3, () => {
    closed++
  })
})
afterEach(() => {
  vi.useRealTimers()
})

/** Verdicts are counted a few microtasks later. */
const fed = () => vi.advanceTimersByTimeAsync(0)

async function fail(times: number): Promise<void> {
  for (let time = 0; time < times; time++) breaker.failed()
  await fed()
}

test('opens after so many failures in a row, and not before', async () => {
  await fail(2)
  expect([breaker.state, breaker.readyAtMs]).toEqual(['CLOSED', 0])
  await fail(1)
  expect([breaker.state, breaker.readyAtMs]).toEqual(['OPEN', 1_001_000])
})

test('lets one trial call through when its time is over, and closes with its success', async () => {
  await fail(3)
  breaker.began()
  expect(breaker.state).toBe('OPEN')
  vi.advanceTimersByTime(1_000)
  breaker.began()
  expect(breaker.state).toBe('HALF_OPEN')
  // The next trial call may be sent only after as long again.
  expect(breaker.readyAtMs).toBeGreaterThan(Date.now())
  breaker.succeeded()
  await fed()
  expect([breaker.state, closed]).toEqual(['CLOSED', 1])
})

test('stays open for longer with each try that fails, to half a minute', async () => {
  await fail(3)
  const waits: number[] = []
  for (let time = 0; time < 7; time++) {
    waits.push(breaker.readyAtMs - Date.now())
    vi.setSystemTime(breaker.readyAtMs)
    breaker.began()
    expect(breaker.state).toBe('HALF_OPEN')
    breaker.failed()
    await fed()
    expect(breaker.state).toBe('OPEN')
  }
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
})

test('a trial call that never ends does not block a later one', async () => {
  await fail(3)
  vi.advanceTimersByTime(1_000)
  breaker.began()
  vi.setSystemTime(breaker.readyAtMs)
  breaker.began()
  breaker.succeeded()
  await fed()
  expect([breaker.state, closed]).toEqual(['CLOSED', 1])
})

test('failures of calls that began before it opened change nothing; a success of one closes it', async () => {
  await fail(10)
  expect(breaker.readyAtMs).toBe(1_001_000)
  breaker.succeeded()
  expect(closed).toBe(1)
})
