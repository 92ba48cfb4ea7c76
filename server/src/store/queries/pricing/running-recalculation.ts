// Whether a recalculation of costs is under way, as every start asks.
import { SQL } from '../../sql.ts'
import type { Store } from '../../store.ts'

/** In SQL and not through Prisma: a server without a recalculation then does not load Prisma, which takes some 20 MB. */
export async function isRecalculationRunning(store: Store): Promise<boolean> {
  const rows = await store[SQL].all(
    `SELECT 1 AS "one" FROM "CostRecalculation" WHERE "status" = 'RUNNING' LIMIT 1`,
    [],
  )
  return rows.length > 0
}
