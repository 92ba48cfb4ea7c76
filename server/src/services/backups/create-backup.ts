// Makes a backup of a SQLite database while the server runs, or without one.
import { createHmac, randomBytes } from 'node:crypto'
import { renameSync, rmSync, statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import type { Actor } from '../../domain/admins/actor.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import { type Backup, backupId } from '../../domain/backups/backup.ts'
import { type BackupFailure, backupFailure } from '../../domain/backups/backup-failure.ts'
import { manifestText, type Snapshot } from '../../domain/backups/backup-manifest.ts'
import { failed, ok, type Result } from '../../domain/user-error.ts'
import { createFileAtomically } from '../../store/data-files.ts'
import type { Store } from '../../store/store.ts'
import { backupFiles, backupFolder, ensureFolder, removeFiles } from './backup-folder.ts'
import { readNote } from './read-note.ts'

/** Whose database it is, and where its backups go. */
export type BackupSource = {
  store: Store
  dataDir: string
  version: string
  /** Null: there is none yet. */
  encryptionKey: Uint8Array | null
  clock: () => number
}

/** `failure`: why it was not made; absent: the input is wrong. */
export type BackupResult = Result<Backup> & { failure?: BackupFailure }

export const POSTGRESQL_HINT =
  'This Latchkey uses PostgreSQL: back it up with pg_dump, and note that with markBackup or `latchkey backup mark`.'

/** Room for the copy, its WAL while it is checked, and what the ledger writes meanwhile. */
const ROOM_FACTOR = 1.1

/**
 * Copies the database, checks the copy, and writes its manifest and an audit event. The encryption key is not in it. Rejects where the
 * disk fails, or at the signal; then nothing is left of it.
 */
export async function writeBackup(
  source: BackupSource,
  actor: Actor,
  { note, isScheduled, signal }: { note: string | null; isScheduled: boolean; signal?: AbortSignal },
): Promise<BackupResult> {
  const { store } = source
  if (store.file === null) return unmade(backupFailure('POSTGRESQL', POSTGRESQL_HINT))
  const read = readNote(note)
  if (!read.ok) return read
  const folder = backupFolder(source.dataDir)
  ensureFolder(folder)
  const lack = await lackOfRoom(folder, store.file.path)
  if (lack !== null) return unmade(lack)
  const createdMs = source.clock()
  const id = backupId(createdMs, randomBytes(3).toString('hex'))
  const files = backupFiles(folder, id)
  const part = `${files.database}.part`
  try {
    const { bytes, sha256, schemaVersion, faults } = await store.file.copyTo(part, signal)
    if (faults.length > 0 || schemaVersion === null) {
      const fault = faults[0] ?? 'it has no schema'
      const message = `The database is damaged, and no backup of it was kept: ${fault}`
      return unmade(backupFailure('DAMAGED', message))
    }
    const backup: Snapshot = {
      id,
      kind: 'SNAPSHOT',
      createdMs,
      createdBy: actor.name,
      isScheduled,
      note: read.value,
      copy: {
        bytes,
        sha256,
        latchkeyVersion: source.version,
        schemaVersion,
        encryptionKeyId: encryptionKeyId(source.encryptionKey),
      },
    }
    renameSync(part, files.database)
    // With the manifest it is a backup, so that comes last.
    createFileAtomically(files.manifest, Buffer.from(manifestText(backup)))
    await noteCreation(source, actor, backup)
    return ok(backup)
  } catch (error) {
    removeFiles(files)
    throw error
  } finally {
    for (const end of ['', '-journal', '-wal', '-shm']) rmSync(`${part}${end}`, { force: true })
  }
}

/** Tells encryption keys apart, and nothing of them: 64 bits of an HMAC under the key itself, which has 256 random ones. */
export function encryptionKeyId(key: Uint8Array | null): string | null {
  if (key === null) return null
  return createHmac('sha256', key).update('latchkey backup').digest('hex').slice(0, 16)
}

function unmade(failure: BackupFailure): BackupResult {
  return { ...failed('INVALID', null, failure.message), failure }
}

async function noteCreation({ store, clock }: BackupSource, actor: Actor, backup: Snapshot): Promise<void> {
  const { id, copy, note, isScheduled } = backup
  const changes = Object.entries({ bytes: copy.bytes, sha256: copy.sha256, scheduled: isScheduled, note })
    .filter(([, after]) => after !== null)
    .map(([path, after]) => ({ path, before: null, after }))
  const target = { type: 'Backup' as const, id, label: id }
  await store.prisma.auditEvent.create({
    data: auditEvent(actor, 'backup.create', target, clock(), changes),
  })
}

/** Null: there is room. */
async function lackOfRoom(folder: string, database: string): Promise<BackupFailure | null> {
  const { bavail, bsize } = await statfs(folder)
  const wal = statSync(`${database}-wal`, { throwIfNoEntry: false })?.size ?? 0
  const neededBytes = Math.ceil((statSync(database).size + wal) * ROOM_FACTOR)
  const freeBytes = bavail * bsize
  if (freeBytes >= neededBytes) return null
  const message = `The disk of ${folder} has ${megabytes(freeBytes)} MB free, and a backup needs ${megabytes(neededBytes)}. Delete backups, or free some space.`
  return backupFailure('NO_ROOM', message, { freeBytes, neededBytes })
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1_000_000)
}
