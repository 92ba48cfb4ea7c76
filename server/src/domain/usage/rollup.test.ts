import { expect, test } from 'vitest'
import { emptyCell, type UsageCell, type UsageCellKey, UsageCells } from './rollup.ts'

const DAY: UsageCellKey = { kind: 'KEY_DAY', apiKeyId: 0, bucket: 20_000, value: '1' }

function cellOf(calls: number, durationMs: number): UsageCell {
  return { ...emptyCell(), calls, durationMs, durations: new Map([[durationMs, calls]]) }
}

test('a sum that was merged into a cell stays as it is when more is added to that cell', () => {
  const [one, other] = [cellOf(1, 5), cellOf(2, 7)]
  const cells = new UsageCells()
  cells.merge(DAY, one)
  cells.merge(DAY, other)
  const [merged] = cells.entries()
  expect(merged?.cell).toMatchObject({
    calls: 3,
    durationMs: 12,
    durations: new Map([
      [5, 1],
      [7, 2],
    ]),
  })
  expect(one).toEqual(cellOf(1, 5))
  expect(other).toEqual(cellOf(2, 7))
})
