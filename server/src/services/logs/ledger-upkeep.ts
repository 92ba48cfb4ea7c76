// What an admin does to a ledger from the command line, beside a server or in place of one.

import { join } from 'node:path'
import type { RedactionRules } from '../../domain/content/redaction-rules.ts'
import { DAY_MS } from '../../domain/time.ts'
import { createIngester } from '../../ledger/ingest/ingester.ts'
import { type Ingestion, openIngestion } from '../../ledger/ingest/ingestion.ts'
import { createContentPreparer } from '../../ledger/ingest/prepare-content.ts'
import { type Requeued, requeueQuarantine } from '../../ledger/ingest/requeue.ts'
import { mintRunId } from '../../ledger/ledger.ts'
import { rebuildRollups } from '../../ledger/verify/rebuild.ts'
import { type Verification, verifyLedger } from '../../ledger/verify/verify.ts'
import { ownDatabase } from '../../store/database-owner.ts'
import { openStore } from '../../store/open-store.ts'
import { takeOwnership } from '../../store/owner-lock.ts'
import type { Store } from '../../store/store.ts'

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
export function rebuild(kept: KeptLedger): Promise<number> {
  const rollupsBeforeMs = beforeMs(kept.retention.statsDays)
  return alone(kept, (store, ingestion) => rebuildRollups(store, ingestion, rollupsBeforeMs))
}

/**
 * Puts what can be read of the quarantine back into the journal, and ingests it; calls that have a request log already keep it.
 * Rejects with OwnedError as rebuild does.
 */
export function requeue(kept: KeptLedger & { redaction: RedactionRules }): Promise<Requeued> {
  return alone(kept, async (_store, ingestion) => {
    const folder = join(kept.dataDir, 'journal')
    const requeued = requeueQuarantine(folder, mintRunId())
    await createIngester(folder, ingestion, createContentPreparer(kept.redaction)).round(() => false)
    return requeued
  })
}

/** Runs work on a ledger that no server has. */
async function alone<T>(
  { dataDir, database }: KeptLedger,
  work: (store: Store, ingestion: Ingestion) => Promise<T>,
): Promise<T> {
  const ownership = takeOwnership(dataDir)
  try {
    const lock = await ownDatabase(database, LOCK_OPTIONS)
    try {
      const store = await openStore(database)
      const ingestion = await openIngestion(database)
      try {
        return await work(store, ingestion)
      } finally {
        await ingestion.close()
        await store.close()
      }
    } finally {
      await lock.release()
    }
  } finally {
    ownership.release()
  }
}

// A command that is at work when the database is lost fails by itself.
const LOCK_OPTIONS = { onProblem: () => undefined, onTaken: () => undefined, waitMs: 0 }

function beforeMs(days: number | null): number | null {
  return days === null ? null : Date.now() - days * DAY_MS
}
