// What owners have spent this month, and the budget that it counts against.
import type { Owner, UsageBreakdown } from '@latchkey/sdk'
import { latchkey } from '#lib/latchkey.ts'

type Group = UsageBreakdown['groups'][number]
type Budget = NonNullable<Owner['policy']>['budgets'][number]

// The most that the server returns at once.
const groupsMax = 50
const modelsMax = 20

/** When this month began in UTC, as budgets by the month count unless they name a zone. RFC 3339. */
function monthStart(now: number): string {
  const date = new Date(now)
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)).toISOString()
}

/** Usage of this month by owner, each by model where `byModel`. */
export async function ownersThisMonth(byModel: boolean, signal: AbortSignal): Promise<OwnersUsage> {
  const { groups } = await latchkey.usage.breakdown(
    {
      range: { from: monthStart(Date.now()) },
      by: 'OWNER',
      first: groupsMax,
      ...(byModel && { within: 'MODEL' as const, firstWithin: modelsMax }),
    },
    { signal },
  )
  return new OwnersUsage(groups)
}

export class OwnersUsage {
  readonly #groups: ReadonlyMap<string | null, Group>
  readonly #isWhole: boolean

  constructor(groups: readonly Group[]) {
    this.#groups = new Map(groups.map((group) => [group.share.key, group]))
    this.#isWhole = groups.length < groupsMax
  }

  group(id: string): Group | undefined {
    return this.#groups.get(id)
  }

  /** A decimal of US dollars; null where it is not known: of an owner beyond those that spend most. */
  spend(id: string): string | null {
    const group = this.#groups.get(id)
    if (group) return group.share.totals.costUsd ?? null
    return this.#isWhole ? '0' : null
  }
}

/** The budget that the spend of this month in UTC can be held against: by the month, in UTC, of all models, the smallest. */
export function monthBudget(policy: Owner['policy']): Budget | undefined {
  return policy?.budgets
    .filter(
      ({ window, model, mode, timeZone }) =>
        window === 'MONTH' && !model && mode === 'ENFORCE' && (timeZone === 'UTC' || !timeZone),
    )
    .toSorted((a, b) => Number(a.limitUsd) - Number(b.limitUsd))[0]
}
