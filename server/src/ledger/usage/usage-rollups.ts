// Rollup cells as they lie in the database.
import type { Rollup } from '../../domain/usage/rollup.ts'
import { ROLLUP_COLUMNS, rollupFromRow } from '../../store/queries/usage-rollups.ts'
import type { Store } from '../../store/store.ts'

export type ReadRollup = { bucket: number; value: string; rollup: Rollup }

/** The cells of one kind over a range of its buckets: from included, to not. */
export async function readRollups(
  store: Store,
  kind: string,
  apiKeyId: number,
  range: { from: number; to: number },
): Promise<ReadRollup[]> {
  const rows = await store.sql.all(
    `SELECT ${COLUMNS} FROM "UsageRollup"
     WHERE "kind" = $1 AND "apiKeyId" = $2 AND "bucket" >= $3 AND "bucket" < $4`,
    [kind, apiKeyId, range.from, range.to],
  )
  return rows.map((row) => ({
    bucket: Number(row.bucket),
    value: String(row.value),
    rollup: rollupFromRow(row),
  }))
}

const COLUMNS = ROLLUP_COLUMNS.filter((name) => name !== 'kind' && name !== 'apiKeyId')
  .map((name) => `"${name}"`)
  .join(', ')
