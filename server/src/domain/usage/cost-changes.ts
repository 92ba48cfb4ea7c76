// What a recalculation of costs changes in rollups: what is added to their totals, also negative numbers.
import type { CallRecord } from '../logs/call-record.ts'
import { type RollupKey, rollupKeyText } from './rollup.ts'
import { rollupKeysOf } from './rollups.ts'

/** What is added to a rollup; whole nano-dollars. */
export type AddedTotals = {
  costNanoUsd: number
  reservedNanoUsd: number
  unpricedCalls: number
  cacheSavedNanoUsd: number
}

/** What of a request log a recalculation replaces. */
export type CallCost = Pick<CallRecord, 'costNanoUsd' | 'cacheSavedNanoUsd'>

/** That a call has cost so much more than budgets have counted of it, or less; whole nano-dollars. */
export type CostCorrection = Pick<CallRecord, 'apiKeyId' | 'ownerId'> & {
  /** Of the key at the time of the call: `env=prod`. */
  labels: readonly string[]
  model: string | null
  /** When it was accepted, in milliseconds since the epoch. */
  atMs: number
  nanoUsd: number
}

export type RollupChange = { key: RollupKey; added: AddedTotals }

/** What many calls, which had receipts, change by new costs, rollup by rollup. */
export class CostChanges {
  readonly #changes = new Map<string, RollupChange>()

  /** `record` as it was. */
  add(record: CallRecord, { costNanoUsd, cacheSavedNanoUsd }: CallCost): void {
    const cost = (costNanoUsd ?? 0) - (record.costNanoUsd ?? 0)
    const unpriced = Number(costNanoUsd === null) - Number(record.costNanoUsd === null)
    const saved = (cacheSavedNanoUsd ?? 0) - (record.cacheSavedNanoUsd ?? 0)
    for (const key of rollupKeysOf(record)) {
      const { added } = this.#changeOf(key)
      added.costNanoUsd += cost
      if (costNanoUsd !== null) added.reservedNanoUsd -= record.reservedNanoUsd ?? 0
      added.unpricedCalls += unpriced
      added.cacheSavedNanoUsd += saved
    }
  }

  changes(): RollupChange[] {
    return [...this.#changes.values()]
  }

  #changeOf(key: RollupKey): RollupChange {
    const text = rollupKeyText(key)
    const known = this.#changes.get(text)
    if (known !== undefined) return known
    const made = {
      key,
      added: { costNanoUsd: 0, reservedNanoUsd: 0, unpricedCalls: 0, cacheSavedNanoUsd: 0 },
    }
    this.#changes.set(text, made)
    return made
  }
}
