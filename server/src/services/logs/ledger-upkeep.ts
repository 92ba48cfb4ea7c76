// What an admin does to a ledger from the command line, beside a server or in place of one.

import { DAY_MS } from '../../domain/time.ts'
import { openIngestion } from '../../ledger/ingest/ingestion.ts'
import { rebuildRollups } from '../../ledger/verify/rebuild.ts'
import { type Verification, verifyLedger } from '../../ledger/verify/verify.ts'
import { ownDatabase } from '../../store/database-owner.ts'
import { openStore } from '../../store/open-store.ts'
import { takeOwnership } from '../../store/owner-lock.ts'

/** Where a ledger is, and the days that its parts are kept; null: no limit. */
export type KeptLedger = {
  dataDir: string
  database: string
  retention: { logDays: number | null; statsDays: number | null }
}

export type { Verification } from '../../ledger/verify/verify.ts'

/** Compares all request logs that are kept with the rollups and counters. Works while a server runs. */
export async function verify({ database, retention }: KeptLedger): Promise<Verification> {
  const logsBeforeMs = beforeMs(retention.logDays)
  const rollupsBeforeMs = beforeMs(retention.statsDays)
  const store = await openStore(database)
  try {
    return await verifyLedger(store, { logsBeforeMs, rollupsBeforeMs })
  } finally {
    await store.close()
  }
}

/**
 * Rebuilds the rollups from the request logs; returns how many those were. Rejects with OwnedError while a server runs on
 * the data directory or the database, since nothing may be ingested meanwhile.
 */
export async function rebuild({ dataDir, database, retention }: KeptLedger): Promise<number> {
  const rollupsBeforeMs = beforeMs(retention.statsDays)
  const ownership = takeOwnership(dataDir)
  const lock = await ownDatabase(database, LOCK_OPTIONS).catch((error: unknown) => {
    ownership.release()
    throw error
  })
  try {
    const store = await openStore(database)
    const ingestion = await openIngestion(database)
    try {
      return await rebuildRollups(store, ingestion, rollupsBeforeMs)
    } finally {
      await ingestion.close()
      await store.close()
    }
  } finally {
    await lock.release()
    ownership.release()
  }
}

// A command that is at work when the database is lost fails by itself.
const LOCK_OPTIONS = { onProblem: () => undefined, onTaken: () => undefined, waitMs: 0 }

function beforeMs(days: number | null): number | null {
  return days === null ? null : Date.now() - days * DAY_MS
}
