import { expect, test } from 'vitest'
import { billedFacts } from './read-fees.ts'

const ABSURD = 9_007_199

test.for<[object, number | null]>([
  [{ cost: 0.25 }, 250_000_000],
  [{ cost: 10_000 }, 10_000_000_000_000],
  [{ cost: 10_000.01 }, null],
  [{ cost: ABSURD }, null],
  [{ cost: { total_cost: ABSURD } }, null],
  [{ estimated_cost: ABSURD }, null],
  [{ cost_in_usd_ticks: ABSURD * 1e9 }, null],
  [{ cost: 1, is_byok: true, cost_details: { upstream_inference_cost: ABSURD } }, null],
  [{ cost: 6_000, is_byok: true, cost_details: { upstream_inference_cost: 6_000 } }, null],
] as const)('an upstream reports %j: %s nano-dollars', ([usage, nanoUsd]) => {
  expect(billedFacts({}, usage).reportedNanoUsd).toBe(nanoUsd)
})
