// The thread that copies a SQLite file, or reads one whole to check it. It has a connection of its own, so no other query waits for it.
import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readSync } from 'node:fs'
import { backup, DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { lowerThreadPriority } from '../../rpc/thread-priority.ts'
import type { CopyJob, CopyReply } from './protocol.ts'

// 4 MiB of pages in a step: the thread can be ended between two of them.
const PAGES_A_STEP = 1_000
const CHUNK_BYTES = 1024 * 1024
const FAULTS_MAX = 10

async function run(job: CopyJob): Promise<CopyReply> {
  if (job.kind === 'copy') await copy(job.from, job.path)
  const { faults, migrations } = inspect(job.path)
  return { ...digest(job.path, job.kind === 'copy'), faults, migrations }
}

/**
 * The pages as one transaction sees them: it is held open over all steps, since the copy would start again with every commit of another
 * connection otherwise (https://www.sqlite.org/c3ref/backup_finish.html).
 */
async function copy(from: string, to: string): Promise<void> {
  const source = new DatabaseSync(from, { readOnly: true, timeout: 30_000 })
  try {
    source.exec('BEGIN')
    source.prepare('SELECT count(*) FROM sqlite_schema').get()
    // For this user alone; SQLite takes an empty file for a new one.
    closeSync(openSync(to, 'wx', 0o600))
    await backup(source, to, { rate: PAGES_A_STEP })
  } finally {
    source.close()
  }
  const target = new DatabaseSync(to)
  try {
    // Without a file beside it: it can be moved, and opened where nothing may be written.
    target.exec('PRAGMA journal_mode = DELETE')
  } finally {
    target.close()
  }
}

function inspect(path: string): Pick<CopyReply, 'faults' | 'migrations'> {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const found = database.prepare(`PRAGMA integrity_check(${FAULTS_MAX})`).all()
    const faults = found.map((row) => String(row.integrity_check)).filter((text) => text !== 'ok')
    const migrations = database
      .prepare(
        `SELECT "migration_name" AS name, "checksum" FROM "_prisma_migrations"
         WHERE "finished_at" IS NOT NULL AND "rolled_back_at" IS NULL ORDER BY "migration_name"`,
      )
      .all()
    return {
      faults,
      migrations: migrations.map(({ name, checksum }) => ({
        name: String(name),
        checksum: String(checksum),
      })),
    }
  } catch (error) {
    // No SQLite file at all, or none of Latchkey.
    return { faults: [error instanceof Error ? error.message : String(error)], migrations: [] }
  } finally {
    database.close()
  }
}

/** `isNew`: the bytes are on the disk when it returns. */
function digest(path: string, isNew: boolean): { bytes: number; sha256: string } {
  const hash = createHash('sha256')
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  const fd = openSync(path, isNew ? 'r+' : 'r')
  let bytes = 0
  try {
    if (isNew) fsyncSync(fd)
    for (;;) {
      const read = readSync(fd, chunk, 0, CHUNK_BYTES, null)
      if (read === 0) return { bytes, sha256: hash.digest('hex') }
      bytes += read
      hash.update(chunk.subarray(0, read))
    }
  } finally {
    closeSync(fd)
  }
}

lowerThreadPriority()
parentPort?.postMessage(await run(workerData as CopyJob))
