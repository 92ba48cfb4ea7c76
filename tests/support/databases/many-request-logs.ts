// Very many request logs at once, past the ledger: for tests of how reading them is bounded. They have no rollups.
import { SQL } from '@latchkey/server/store/sql.ts'
import type { Store } from '@latchkey/server/store/store.ts'

/** Inserts `count` denied calls of no key, one a millisecond from `fromMs` on. */
export async function insertRequestLogs(
  { app }: { app: { store: Store } },
  fromMs: number,
  count: number,
): Promise<void> {
  const { kind, [SQL]: sql } = app.store
  const columns = `"id", "startedAt", "method", "endpoint", "outcome", "httpStatus", "streamed", "usageSource",
    "durationMs", "requestBytes", "responseBytes"`
  const rest = `'POST', '/v1/chat/completions', 'DENIED', 401, FALSE, 'NONE', 1, 1, 1`
  const text =
    kind === 'sqlite'
      ? `WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n + 1 < ${count})
         INSERT INTO "RequestLog" (${columns})
         SELECT unhex(printf('%012x%020x', ${fromMs} + n, n)), ${fromMs} + n, ${rest} FROM s`
      : `INSERT INTO "RequestLog" (${columns})
         SELECT decode(lpad(to_hex(${fromMs} + n), 12, '0') || lpad(to_hex(n), 20, '0'), 'hex'),
           to_timestamp((${fromMs} + n) / 1000.0) AT TIME ZONE 'UTC', ${rest}
         FROM generate_series(CAST(0 AS bigint), ${count - 1}) AS n`
  await sql.batch([{ text, values: [] }])
}
