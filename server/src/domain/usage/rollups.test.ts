import { expect, test } from 'vitest'
import { emptyRollup, type Rollup, type RollupKey } from './rollup.ts'
import { Rollups } from './rollups.ts'

const DAY: RollupKey = { kind: 'KEY_DAY', apiKeyId: 0, bucket: 20_000, value: '1' }

function rollupOf(calls: number, durationMs: number): Rollup {
  return { ...emptyRollup(), calls, durationMs, durations: new Map([[durationMs, calls]]) }
}

test('a subtotal that was merged into a rollup stays unchanged when more is added to that rollup', () => {
  const [one, other] = [rollupOf(1, 5), rollupOf(2, 7)]
  const rollups = new Rollups()
  rollups.merge(DAY, one)
  rollups.merge(DAY, other)
  const [merged] = rollups.entries()
  expect(merged?.rollup).toMatchObject({
    calls: 3,
    durationMs: 12,
    durations: new Map([
      [5, 1],
      [7, 2],
    ]),
  })
  expect(one).toEqual(rollupOf(1, 5))
  expect(other).toEqual(rollupOf(2, 7))
})
