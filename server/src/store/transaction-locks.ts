// Keeps transactions apart that each read what the other writes. SQLite has one writer at a time and needs none of this;
// PostgreSQL would let both act on what was there before.
import type { Store } from './store.ts'

type Transaction = Parameters<Parameters<Store['prisma']['$transaction']>[0]>[0]

// Any numbers that no other program on the same database uses for an advisory lock.
const LOCKS = {
  // Nodes that share a database ingest one batch at a time: rollups are read, added to and written back.
  INGESTION: 5_284_018,
  DEFAULT_MODEL: 5_284_021,
  SETTINGS: 5_284_022,
  ALERTS: 5_284_023,
  ADMINS: 5_284_024,
  RECALCULATION: 5_284_025,
} as const

/** The lock of ingestion, for its own connection. */
export const INGESTION_LOCK = LOCKS.INGESTION

export type LockName = keyof typeof LOCKS

/** An exclusive lock until the end of the transaction. */
export async function lockAlone({ kind }: Store, tx: Transaction, name: LockName): Promise<void> {
  if (kind === 'postgresql') await tx.$executeRaw`SELECT pg_advisory_xact_lock(${LOCKS[name]})`
}

/** A shared lock until the end of the transaction: others may share it, and none holds it exclusively. */
export async function lockTogether({ kind }: Store, tx: Transaction, name: LockName): Promise<void> {
  if (kind === 'postgresql') await tx.$executeRaw`SELECT pg_advisory_xact_lock_shared(${LOCKS[name]})`
}
