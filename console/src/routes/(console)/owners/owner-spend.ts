// What owners have spent this month.
import type { UsageBreakdown } from '@latchkey/sdk'
import { latchkey } from '#lib/latchkey.ts'

type Group = UsageBreakdown['groups'][number]

/** The most owners that can be asked about at once. */
export const ownersMax = 50
const modelsMax = 20

/** When this month began in UTC, as budgets by the month count unless they name a zone. RFC 3339. */
function monthStart(now: number): string {
  const date = new Date(now)
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)).toISOString()
}

/** Usage of this month of up to 50 owners, each by model where `byModel`. */
export async function ownersThisMonth(
  ids: readonly string[],
  byModel: boolean,
  signal: AbortSignal,
): Promise<OwnersUsage> {
  if (ids.length === 0) return new OwnersUsage([], [])
  const { groups } = await latchkey.usage.breakdown(
    {
      range: { from: monthStart(Date.now()) },
      by: 'OWNER',
      ownerIds: [...ids],
      first: ownersMax,
      ...(byModel && { within: 'MODEL' as const, firstWithin: modelsMax }),
    },
    { signal },
  )
  return new OwnersUsage(ids, groups)
}

export class OwnersUsage {
  readonly #ids: ReadonlySet<string>
  readonly #groups: ReadonlyMap<string | null, Group>

  constructor(ids: readonly string[], groups: readonly Group[]) {
    this.#ids = new Set(ids)
    this.#groups = new Map(groups.map((group) => [group.share.key, group]))
  }

  group(id: string): Group | undefined {
    return this.#groups.get(id)
  }

  /** A decimal of US dollars; undefined of an owner that was not asked about. */
  spend(id: string): string | undefined {
    return this.#ids.has(id) ? (this.#groups.get(id)?.share.totals.costUsd ?? '0') : undefined
  }
}
