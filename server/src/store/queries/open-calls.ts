// Calls that are open in the database: their opening line has been ingested and their closing line has not.
import { requestIdFromBytes } from '../../domain/uuid.ts'
import { SQL } from '../sql.ts'
import type { Store } from '../store.ts'

/** How many calls are open on all nodes, and the request id of the oldest; null where there is none. */
export async function readOpenCalls(store: Store): Promise<{ count: number; oldestId: string | null }> {
  const [counted] = await store[SQL].all('SELECT count(*) AS n FROM "OpenCall"', [])
  const [first] = await store[SQL].all('SELECT "id" FROM "OpenCall" ORDER BY "id" LIMIT 1', [])
  return {
    count: Number(counted?.n ?? 0),
    oldestId: first?.id instanceof Uint8Array ? requestIdFromBytes(first.id) : null,
  }
}
