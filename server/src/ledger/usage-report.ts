// Sums over request logs: totals, by requested model, by day.
import { firstIdAt } from '../domain/uuid.ts'
import type { SqlRow, SqlValue } from '../store/sql.ts'
import type { Store } from '../store/store.ts'

export type UsageTotals = {
  calls: number
  successes: number
  /** Every outcome but SUCCESS. */
  failures: number
  /** 0 to 1; null when there was no call. */
  successRate: number | null
  meanDurationMs: number | null
  inputTokens: number
  outputTokens: number
  cachedInputTokens: number
  reasoningTokens: number
  requestBytes: number
  responseBytes: number
}

export type UsageReport = {
  totals: UsageTotals
  /** Most calls first; null for calls that named no model. */
  byModel: { model: string | null; totals: UsageTotals }[]
  /** YYYY-MM-DD in the offset asked for, oldest first; days without a call are left out. */
  byDay: { date: string; totals: UsageTotals }[]
}

export type UsageRange = {
  /** Included; null: from the first call on. */
  fromMs: number | null
  /** Not included; null: to the last. */
  toMs: number | null
  apiKeyId?: number
  /** Minutes east of UTC, -840 to 840; where days begin. */
  utcOffsetMinutes?: number
}

const DAY_MS = 86_400_000

const SUMS = `count(*) AS calls,
  sum(CASE WHEN l."outcome" = 'SUCCESS' THEN 1 ELSE 0 END) AS successes,
  sum(l."durationMs") AS "durationMs",
  sum(l."inputTokens") AS "inputTokens",
  sum(l."outputTokens") AS "outputTokens",
  sum(l."cachedInputTokens") AS "cachedInputTokens",
  sum(l."reasoningTokens") AS "reasoningTokens",
  sum(l."requestBytes") AS "requestBytes",
  sum(l."responseBytes") AS "responseBytes"`

/** One pass over the range, grouped by model and day; the totals are sums of its groups, so the three always agree. */
export async function reportUsage(store: Store, range: UsageRange): Promise<UsageReport> {
  const conditions: string[] = []
  const values: SqlValue[] = []
  const where = (condition: string, value: SqlValue) =>
    conditions.push(condition.replace('?', `$${values.push(value)}`))
  if (range.fromMs !== null) where('l."id" >= ?', firstIdAt(range.fromMs))
  if (range.toMs !== null) where('l."id" < ?', firstIdAt(range.toMs))
  if (range.apiKeyId !== undefined) where('l."apiKeyId" = ?', range.apiKeyId)
  const offsetMs = Math.trunc(range.utcOffsetMinutes ?? 0) * 60_000
  const startedAtMs =
    store.kind === 'sqlite' ? 'l."startedAt"' : `CAST(extract(epoch FROM l."startedAt") * 1000 AS bigint)`
  const rows = await store.sql.all(
    `SELECT l."requestedModel" AS model, (${startedAtMs} + ${offsetMs}) / ${DAY_MS} AS day, ${SUMS}
     FROM "RequestLog" l ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`} GROUP BY 1, 2`,
    values,
  )
  const all = new Sums()
  const byModel = new Map<string | null, Sums>()
  const byDay = new Map<string, Sums>()
  for (const row of rows) {
    all.add(row)
    sumsOf(byModel, row.model === null ? null : String(row.model)).add(row)
    sumsOf(byDay, new Date(Number(row.day) * DAY_MS).toISOString().slice(0, 10)).add(row)
  }
  return {
    totals: all.totals(),
    byModel: [...byModel]
      .map(([model, sums]) => ({ model, totals: sums.totals() }))
      .sort((a, b) => b.totals.calls - a.totals.calls || String(a.model).localeCompare(String(b.model))),
    byDay: [...byDay]
      .map(([date, sums]) => ({ date, totals: sums.totals() }))
      .sort((a, b) => (a.date < b.date ? -1 : 1)),
  }
}

function sumsOf<K>(groups: Map<K, Sums>, key: K): Sums {
  const known = groups.get(key)
  if (known !== undefined) return known
  const made = new Sums()
  groups.set(key, made)
  return made
}

const SUMMED = [
  'calls',
  'successes',
  'durationMs',
  'inputTokens',
  'outputTokens',
  'cachedInputTokens',
  'reasoningTokens',
  'requestBytes',
  'responseBytes',
] as const

class Sums {
  readonly #sums: Record<(typeof SUMMED)[number], number> = {
    calls: 0,
    successes: 0,
    durationMs: 0,
    inputTokens: 0,
    outputTokens: 0,
    cachedInputTokens: 0,
    reasoningTokens: 0,
    requestBytes: 0,
    responseBytes: 0,
  }

  add(row: SqlRow): void {
    // A sum over no known value is null: it adds nothing.
    for (const name of SUMMED) this.#sums[name] += Number(row[name] ?? 0)
  }

  totals(): UsageTotals {
    const { calls, successes, durationMs, ...rest } = this.#sums
    return {
      ...rest,
      calls,
      successes,
      failures: calls - successes,
      successRate: calls === 0 ? null : successes / calls,
      meanDurationMs: calls === 0 ? null : durationMs / calls,
    }
  }
}
