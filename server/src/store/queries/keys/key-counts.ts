// How many keys there are of each status, in one statement.
import { API_KEY_STATUSES, type ApiKeyStatus } from '../../../domain/keys/api-key.ts'
import { SQL, type SqlValue } from '../../sql.ts'
import type { Store } from '../../store.ts'
import { keyStatusCondition } from '../api-keys.ts'

/** `owners`: of these alone, by number; null: of all, and of none. */
export async function countKeysByStatus(
  store: Store,
  owners: readonly number[] | null,
  nowMs: number,
): Promise<Record<ApiKeyStatus, number>> {
  const values: SqlValue[] = []
  const at = (value: SqlValue) => `$${values.push(value)}`
  const sums = API_KEY_STATUSES.map(
    (status) =>
      `sum(CASE WHEN ${keyStatusCondition(store.kind, status, nowMs, at)} THEN 1 ELSE 0 END) AS "${status}"`,
  )
  const of = owners?.map(Math.trunc).join(', ') || 'NULL'
  const where = owners === null ? '' : `WHERE k."ownerId" IN (${of})`
  const [row] = await store[SQL].all(`SELECT ${sums.join(', ')} FROM "ApiKey" k ${where}`, values)
  return {
    ACTIVE: Number(row?.ACTIVE ?? 0),
    DISABLED: Number(row?.DISABLED ?? 0),
    EXPIRED: Number(row?.EXPIRED ?? 0),
    REVOKED: Number(row?.REVOKED ?? 0),
  }
}
