// The changes of a price in audit events.
import type { AuditEvent, PriceUnit } from '@latchkey/sdk'
import { priceUnits } from './price-text.ts'

/** Decimals of US dollars; null: there was no price of its own for this, or there is none now. */
export type PriceChange = {
  path: string
  unit: PriceUnit | null
  before: string | null
  after: string | null
}

const nanosInUsd = 1_000_000_000

/** Those of the fields that are prices. The trail has them in billionths of a US dollar. */
export function priceChanges(changes: AuditEvent['changes']): PriceChange[] {
  return changes.flatMap(({ path, before, after }) => {
    const name = /^price\.base\.(\w+)$/.exec(path)?.[1]
    if (!path.startsWith('price.') || path.endsWith('aboveInputTokens')) return []
    return [{ path, unit: unitNamed(name), before: usdOf(before), after: usdOf(after) }]
  })
}

function unitNamed(name: string | undefined): PriceUnit | null {
  const snake = name?.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
  return priceUnits.find((unit) => unit === snake) ?? null
}

function usdOf(nanos: unknown): string | null {
  return typeof nanos === 'number' ? (nanos / nanosInUsd).toFixed(9).replace(/\.?0+$/, '') : null
}
