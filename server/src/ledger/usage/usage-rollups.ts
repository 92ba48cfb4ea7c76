// Rollup cells as they lie in the database.
import type { UsageCell } from '../../domain/usage/rollup.ts'
import { cellFromRow, ROLLUP_COLUMNS } from '../../store/queries/usage-rollups.ts'
import type { Store } from '../../store/store.ts'

export type ReadCell = { bucket: number; value: string; cell: UsageCell }

/** The cells of one kind over a range of its buckets: from included, to not. */
export async function readCells(
  store: Store,
  kind: string,
  apiKeyId: number,
  range: { from: number; to: number },
): Promise<ReadCell[]> {
  const rows = await store.sql.all(
    `SELECT ${COLUMNS} FROM "UsageRollup"
     WHERE "kind" = $1 AND "apiKeyId" = $2 AND "bucket" >= $3 AND "bucket" < $4`,
    [kind, apiKeyId, range.from, range.to],
  )
  return rows.map((row) => ({ bucket: Number(row.bucket), value: String(row.value), cell: cellFromRow(row) }))
}

const COLUMNS = ROLLUP_COLUMNS.filter((name) => name !== 'kind' && name !== 'apiKeyId')
  .map((name) => `"${name}"`)
  .join(', ')
