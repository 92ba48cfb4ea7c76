// When the daily backup is due, which every server asks.
import { SETTINGS_ID } from '../../../domain/admins/sign-in-rules.ts'
import { SQL } from '../../sql.ts'
import type { Store } from '../../store.ts'

/**
 * The hour of UTC, 0 to 23; null: none is made by itself. In SQL and not through Prisma: a server that no admin uses then does not
 * load Prisma, which takes some 20 MB.
 */
export async function readBackupHour(store: Store): Promise<number | null> {
  const [row] = await store[SQL].all(`SELECT s."backupHour" AS "hour" FROM "Settings" s WHERE s."id" = $1`, [
    SETTINGS_ID,
  ])
  return row?.hour == null ? null : Number(row.hour)
}
