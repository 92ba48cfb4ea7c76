// Copies of a SQLite file: made while it is written to, and checked before one is relied on.
import { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import { readMigrations } from '@latchkey/prisma/migrations'
import { MigrationError, refuseUnknownMigrations } from '../migrate.ts'
import type { CopyJob, CopyReply } from './protocol.ts'

/** What a whole file is: its size, its SHA-256 in hex, and the name of its last migration; null: it has none. */
export type DatabaseFile = {
  bytes: number
  sha256: string
  schemaVersion: string | null
  /** What SQLite finds wrong with it, at most ten lines; empty: nothing. */
  faults: string[]
  /** Why this version of Latchkey must not open it; null: it may. */
  schemaProblem: string | null
}

/**
 * Copies the database at `from` as one transaction sees it into a new file, while others write. Neither a call nor a query waits for
 * it. Rejects where the disk refuses it, or at the signal; what has been written until then is left.
 */
export function copySqlite(from: string, path: string, signal?: AbortSignal): Promise<DatabaseFile> {
  return inThread({ kind: 'copy', from, path }, signal)
}

/** Reads a whole file, which no server may have open. Rejects where it cannot be read. */
export function checkSqliteFile(path: string): Promise<DatabaseFile> {
  return inThread({ kind: 'check', path })
}

async function inThread(job: CopyJob, signal?: AbortSignal): Promise<DatabaseFile> {
  signal?.throwIfAborted()
  const worker = new Worker(new URL('./copy-thread.ts', import.meta.url), { workerData: job })
  const stop = () => void worker.terminate()
  signal?.addEventListener('abort', stop, { once: true })
  try {
    const { bytes, sha256, faults, migrations } = await new Promise<CopyReply>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
      worker.once('exit', () => reject(signal?.reason ?? new Error('the thread that copies has stopped')))
    })
    const last = migrations.at(-1)?.name ?? null
    return { bytes, sha256, faults, schemaVersion: last, schemaProblem: problemOf(migrations) }
  } finally {
    signal?.removeEventListener('abort', stop)
    await worker.terminate()
  }
}

function problemOf(applied: CopyReply['migrations']): string | null {
  if (applied.length === 0) return 'It is not a database of Latchkey.'
  try {
    refuseUnknownMigrations(readMigrations('sqlite'), applied)
    return null
  } catch (error) {
    if (error instanceof MigrationError) return error.message
    throw error
  }
}

/** Writes into the file itself what stands in the WAL beside it, which nobody may have open. Throws where it is damaged. */
export function foldWal(path: string): void {
  const database = new DatabaseSync(path)
  try {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE')
  } finally {
    database.close()
  }
}
