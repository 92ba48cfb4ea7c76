// What calls cost, where it is known.
import type { UsageTotals } from '@latchkey/sdk'
import { usdNumber } from '#lib/format-money.ts'

/** Dollars; null where no call has a known cost, and there are some that have none: their spend is not 0. */
export function knownSpend({ costUsd, unpricedCalls }: Pick<UsageTotals, 'costUsd' | 'unpricedCalls'>) {
  return unpricedCalls > 0 && usdNumber(costUsd) === 0 ? null : costUsd
}
