// Writes recalculated costs: request logs, the rollups that they are in, and how far the recalculation is, in one transaction.
import type { CallRecord } from '../../../domain/logs/call-record.ts'
import { OTHER_TAGS } from '../../../domain/usage/attributed-rollups.ts'
import { CostChanges, type RollupChange } from '../../../domain/usage/cost-changes.ts'
import { type RollupKey, type RollupKind, rollupKeyText } from '../../../domain/usage/rollup.ts'
import { requestIdFromBytes } from '../../../domain/uuid.ts'
import type { Store } from '../../store.ts'
import { TRANSACTION_LIMITS } from '../../transaction-limits.ts'
import { lockAlone } from '../../transaction-locks.ts'
import { idBytes } from '../request-log-where.ts'
import { ROLLUP_KEY_COLUMNS } from '../usage-rollups.ts'

/** A request log as it was read, and what takes the place of its cost. `receipt`: of the new cost. */
export type RecalculatedLog = {
  record: CallRecord
  costNanoUsd: number
  cacheSavedNanoUsd: number | null
  receipt: string
}

type Transaction = Parameters<Parameters<Store['prisma']['$transaction']>[0]>[0]

/**
 * Replaces the costs of request logs that are as they were read, and adds the differences to every rollup that has them; `note` writes
 * the progress in the same transaction, with the logs that were there. Where `note` returns false, nothing is written. Logs that have been
 * removed meanwhile, or have another cost by now, are left out. Returns what was written; null where nothing was.
 */
export function writeRecalculatedCosts(
  store: Store,
  logs: readonly RecalculatedLog[],
  note: (tx: Transaction, written: readonly RecalculatedLog[]) => Promise<boolean>,
): Promise<RecalculatedLog[] | null> {
  return store.prisma
    .$transaction(async (tx) => {
      if (logs.length > 0) await lockAlone(store, tx, 'INGESTION')
      const written = logs.length === 0 ? [] : await writeLogs(store, tx, logs)
      if (!(await note(tx, written))) throw new NotNoted()
      const changes = new CostChanges()
      for (const { record, ...cost } of written) changes.add(record, cost)
      if (written.length > 0) await writeRollups(store, tx, changes.changes())
      return written
    }, TRANSACTION_LIMITS)
    .catch((error: unknown) => {
      if (error instanceof NotNoted) return null
      throw error
    })
}

/** Rolls the transaction back. */
class NotNoted extends Error {
  override readonly name = 'NotNoted'
}

async function writeLogs(
  { kind }: Store,
  tx: Transaction,
  logs: readonly RecalculatedLog[],
): Promise<RecalculatedLog[]> {
  const rows = logs.map(({ record, costNanoUsd, cacheSavedNanoUsd, receipt }) => [
    Buffer.from(idBytes(record.id)).toString('hex'),
    record.costNanoUsd,
    costNanoUsd,
    cacheSavedNanoUsd,
    receipt,
  ])
  const found = await tx.$queryRawUnsafe<{ id: Uint8Array }[]>(
    `UPDATE "RequestLog" SET
       "originalCostNanoUsd" = CASE WHEN "recalculatedReceipt" IS NULL THEN "RequestLog"."costNanoUsd" ELSE "originalCostNanoUsd" END,
       "costNanoUsd" = j."cost", "reservedNanoUsd" = NULL, "cacheSavedNanoUsd" = j."saved", "recalculatedReceipt" = j."receipt"
     FROM (${kind === 'sqlite' ? LOG_ROWS_SQLITE : LOG_ROWS_POSTGRES}) j
     WHERE "RequestLog"."id" = j."id" AND "RequestLog"."costNanoUsd" IS NOT DISTINCT FROM j."before"
     RETURNING "RequestLog"."id" AS "id"`,
    JSON.stringify(rows),
  )
  const ids = new Set(found.map(({ id }) => requestIdFromBytes(id)))
  return logs.filter(({ record }) => ids.has(record.id))
}

const LOG_ROWS_SQLITE = `SELECT unhex(value ->> 0) AS "id", value ->> 1 AS "before", value ->> 2 AS "cost",
  value ->> 3 AS "saved", value ->> 4 AS "receipt" FROM json_each($1)`
const LOG_ROWS_POSTGRES = `SELECT decode(v ->> 0, 'hex') AS "id", (v ->> 1)::bigint AS "before", (v ->> 2)::bigint AS "cost",
  (v ->> 3)::bigint AS "saved", v ->> 4 AS "receipt" FROM jsonb_array_elements($1::jsonb) v`

/**
 * Adds to the rollups that there are. Of those that are not there, an hour by which budgets count has expired and is in the sum of all
 * past ones, and a tag is among the others of its bucket; the rest have expired.
 */
async function writeRollups(store: Store, tx: Transaction, changes: readonly RollupChange[]): Promise<void> {
  const missing = await addToRollups(store, tx, changes)
  const elsewhere = missing.flatMap(({ key, added }) => {
    const place = standInFor(key)
    return place === null ? [] : [{ key: place, added }]
  })
  if (elsewhere.length === 0) return
  const past = await addToRollups(store, tx, summed(elsewhere))
  const begun = past.filter(({ key, added }) => key.kind.endsWith('_PAST') && added.costNanoUsd > 0)
  if (begun.length > 0) await insertPast(store, tx, begun)
}

function standInFor(key: RollupKey): RollupKey | null {
  switch (key.kind) {
    case 'KEY_MODEL_HOUR':
      return { ...key, kind: 'KEY_MODEL_PAST', bucket: 0 }
    case 'SHARED_MODEL_HOUR':
      return { ...key, kind: 'SHARED_MODEL_PAST', bucket: 0 }
    case 'TAG_HOUR':
    case 'TAG_DAY':
      return { ...key, value: OTHER_TAGS }
    default:
      return null
  }
}

/** One change for each rollup: a statement changes a row once. */
function summed(changes: readonly RollupChange[]): RollupChange[] {
  const byKey = new Map<string, RollupChange>()
  for (const { key, added: totals } of changes) {
    const text = rollupKeyText(key)
    const known = byKey.get(text)?.added
    byKey.set(text, {
      key,
      added: {
        costNanoUsd: totals.costNanoUsd + (known?.costNanoUsd ?? 0),
        reservedNanoUsd: totals.reservedNanoUsd + (known?.reservedNanoUsd ?? 0),
        unpricedCalls: totals.unpricedCalls + (known?.unpricedCalls ?? 0),
        cacheSavedNanoUsd: totals.cacheSavedNanoUsd + (known?.cacheSavedNanoUsd ?? 0),
      },
    })
  }
  return [...byKey.values()]
}

/** Returns the changes of rollups that are not there. */
async function addToRollups(
  { kind }: Store,
  tx: Transaction,
  changes: readonly RollupChange[],
): Promise<RollupChange[]> {
  const rows = changes.map(({ key, added }) => [
    key.kind,
    key.apiKeyId,
    key.bucket,
    key.value,
    added.costNanoUsd,
    added.unpricedCalls,
    added.cacheSavedNanoUsd,
    added.reservedNanoUsd,
  ])
  const found = await tx.$queryRawUnsafe<StoredKey[]>(
    `UPDATE "UsageRollup" SET ${CHANGED_TOTALS.map((name) => `"${name}" = ${within(kind, `"UsageRollup"."${name}" + j."${name}"`)}`).join(', ')}
     FROM (${kind === 'sqlite' ? ROLLUP_ROWS_SQLITE : ROLLUP_ROWS_POSTGRES}) j
     WHERE "UsageRollup"."kind" = j."kind" AND "UsageRollup"."apiKeyId" = j."apiKeyId"
       AND "UsageRollup"."bucket" = j."bucket" AND "UsageRollup"."value" = j."value"
     RETURNING ${ROLLUP_KEY_COLUMNS.map((name) => `"UsageRollup"."${name}" AS "${name}"`).join(', ')}`,
    JSON.stringify(rows),
  )
  const there = new Set(
    found.map(({ kind, apiKeyId, bucket, value }) =>
      rollupKeyText({ kind, apiKeyId: Number(apiKeyId), bucket: Number(bucket), value }),
    ),
  )
  return changes.filter(({ key }) => !there.has(rollupKeyText(key)))
}

type StoredKey = { kind: RollupKind; apiKeyId: number | bigint; bucket: number | bigint; value: string }

const CHANGED_TOTALS = ['costNanoUsd', 'unpricedCalls', 'cacheSavedNanoUsd', 'reservedNanoUsd'] as const

/** 0 to 2^53 - 1, as storedTotal has it. */
function within(kind: Store['kind'], sum: string): string {
  const [least, greatest] = kind === 'sqlite' ? ['min', 'max'] : ['least', 'greatest']
  return `${greatest}(0, ${least}(${sum}, ${Number.MAX_SAFE_INTEGER}))`
}

const ROLLUP_ROWS_SQLITE = `SELECT value ->> 0 AS "kind", value ->> 1 AS "apiKeyId", value ->> 2 AS "bucket", value ->> 3 AS "value",
  value ->> 4 AS "costNanoUsd", value ->> 5 AS "unpricedCalls", value ->> 6 AS "cacheSavedNanoUsd", value ->> 7 AS "reservedNanoUsd" FROM json_each($1)`
const ROLLUP_ROWS_POSTGRES = `SELECT v ->> 0 AS "kind", (v ->> 1)::int AS "apiKeyId", (v ->> 2)::int AS "bucket", v ->> 3 AS "value",
  (v ->> 4)::bigint AS "costNanoUsd", (v ->> 5)::bigint AS "unpricedCalls", (v ->> 6)::bigint AS "cacheSavedNanoUsd", (v ->> 7)::bigint AS "reservedNanoUsd"
  FROM jsonb_array_elements($1::jsonb) v`

/** Sums of past hours that cost nothing so far, and so were not kept. */
async function insertPast({ kind }: Store, tx: Transaction, changes: readonly RollupChange[]): Promise<void> {
  const bytes = kind === 'sqlite' ? `x''` : `''::bytea`
  const rows = changes.map(({ key, added }) => [
    key.kind,
    key.apiKeyId,
    0,
    key.value,
    added.costNanoUsd,
    0,
    0,
    0,
  ])
  await tx.$executeRawUnsafe(
    `INSERT INTO "UsageRollup" ("kind", "apiKeyId", "bucket", "value", "calls", "successes", "durationMs", "inputTokens", "outputTokens",
       "cachedInputTokens", "reasoningTokens", "costNanoUsd", "requestBytes", "responseBytes", "durations", "firstTokens")
     SELECT j."kind", j."apiKeyId", j."bucket", j."value", 0, 0, 0, 0, 0, 0, 0, j."costNanoUsd", 0, 0, ${bytes}, ${bytes}
     FROM (${kind === 'sqlite' ? ROLLUP_ROWS_SQLITE : ROLLUP_ROWS_POSTGRES}) j`,
    JSON.stringify(rows),
  )
}
