// The queue of deliveries, and the removal of what is old.
import { readInstant, writtenInstant } from '../../instants.ts'
import { SQL } from '../../sql.ts'
import type { Store } from '../../store.ts'

/** The ids of deliveries whose next attempt is due, the longest due first. Without Prisma, for the same reason as the rules. */
export async function readDueDeliveries(store: Store, nowMs: number, limit: number): Promise<string[]> {
  const rows = await store[SQL].all(
    `SELECT d."id" FROM "AlertDelivery" d
     WHERE d."status" = 'PENDING' AND d."nextAttemptAt" <= ${writtenInstant(store.kind, '$1')}
     ORDER BY d."nextAttemptAt" LIMIT ${Math.trunc(limit)}`,
    [nowMs],
  )
  return rows.map(({ id }) => String(id))
}

/** When the next pending delivery is due, in milliseconds since the epoch; null where none is pending. */
export async function readNextDueMs(store: Store): Promise<number | null> {
  const rows = await store[SQL].all(
    `SELECT ${readInstant(store.kind, 'MIN(d."nextAttemptAt")')} AS "dueMs" FROM "AlertDelivery" d WHERE d."status" = 'PENDING'`,
    [],
  )
  const dueMs = rows[0]?.dueMs
  return typeof dueMs === 'number' ? dueMs : null
}

const REMOVED_MAX = 1_000

/**
 * Removes up to 1,000 each: alerts that were resolved before an instant, deliveries that ended and were made before one, and
 * addresses of keys that are deleted.
 */
export async function removeOldAlerts(store: Store, beforeMs: number): Promise<void> {
  const before = writtenInstant(store.kind, '$1')
  await store[SQL].batch([
    {
      text: `DELETE FROM "Alert" WHERE "id" IN (SELECT a."id" FROM "Alert" a WHERE a."resolvedAt" < ${before} LIMIT ${REMOVED_MAX})`,
      values: [beforeMs],
    },
    {
      text: `DELETE FROM "AlertDelivery" WHERE "id" IN (SELECT d."id" FROM "AlertDelivery" d WHERE d."status" <> 'PENDING' AND d."createdAt" < ${before} LIMIT ${REMOVED_MAX})`,
      values: [beforeMs],
    },
    {
      text: `DELETE FROM "KeyAddress" WHERE "apiKeyId" IN (SELECT k."apiKeyId" FROM "KeyAddress" k
        WHERE NOT EXISTS (SELECT 1 FROM "ApiKey" a WHERE a."id" = k."apiKeyId") LIMIT ${REMOVED_MAX})`,
      values: [],
    },
  ])
}
