import { expect, test } from 'vitest'
import { createPauses } from './pauses.ts'

/** A clock that work and sleep move on. */
function withClock() {
  const clock = { ms: 0, sleptMs: 0, isServing: true }
  const pauses = createPauses(
    () => clock.isServing,
    () => clock.ms,
    (ms) => {
      clock.ms += ms
      clock.sleptMs += ms
    },
  )
  const work = (pieces: number, eachMs: number) => {
    for (let n = 0; n < pieces; n++) {
      clock.ms += eachMs
      pauses.pause()
    }
  }
  return { clock, pauses, work }
}

test('pauses for 0.4 ms after each 0.8 ms of work', () => {
  const { clock, work } = withClock()
  work(79, 0.01)
  expect(clock.sleptMs).toBe(0)
  work(1, 0.01)
  expect(clock.sleptMs).toBe(0.4)
  work(8_000 - 80, 0.01)
  expect(clock.sleptMs).toBeCloseTo(96 * 0.4)
})

test('does not pause while that is disabled', () => {
  const { clock, pauses, work } = withClock()
  pauses.enable(false)
  work(1_000, 0.03)
  expect(clock.sleptMs).toBe(0)
  pauses.enable(true)
  work(8, 0.03)
  expect(clock.sleptMs).toBe(0.4)
})

test('stops to pause 0.1 s after the last call in flight, and begins again with the next', () => {
  const { clock, work } = withClock()
  work(80, 0.01)
  expect(clock.sleptMs).toBe(0.4)
  clock.isServing = false
  work(8_000, 0.01)
  const sleptMs = clock.sleptMs
  // Some 83 of 1.2 ms each.
  expect(sleptMs / 0.4).toBeGreaterThan(75)
  expect(sleptMs / 0.4).toBeLessThan(90)
  work(8_000, 0.01)
  expect(clock.sleptMs).toBe(sleptMs)
  clock.isServing = true
  work(8, 0.01)
  expect(clock.sleptMs).toBeCloseTo(sleptMs + 0.4)
})
