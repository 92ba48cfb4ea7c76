// Whether the database responds.
import { SQL } from './sql.ts'
import type { Store } from './store.ts'

/** Resolves when the database has responded, and rejects where it does not. It has no timeout of its own on SQLite. */
export async function ping(store: Store): Promise<void> {
  await store[SQL].all('SELECT 1 AS one', [])
}
