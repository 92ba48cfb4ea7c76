// Puts a backup in the place of the database, while no server runs.
import { copyFileSync, existsSync, mkdirSync, renameSync, rmdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { systemActor } from '../../domain/admins/actor.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import { makeDataDirectory } from '../../store/data-files.ts'
import { openStore } from '../../store/open-store.ts'
import { ownerLock, takeOwnership } from '../../store/owner-lock.ts'
import { foldWal } from '../../store/sqlite/copy-database.ts'
import { databaseKind } from '../../store/store.ts'
import { encryptionKeyId, POSTGRESQL_HINT } from './create-backup.ts'
import { type VerifiedBackup, verifyBackup } from './verify-backup.ts'

export type RestoreOptions = {
  dataDir: string
  database: string
  encryptionKey: Uint8Array | null
  /** An id or a path, as verifyBackup takes it. */
  which: string
  nowMs: number
  /** Asked once all is verified; false: nothing is changed. */
  confirm(verified: VerifiedBackup, warnings: string[]): Promise<boolean>
}

export type Restored = {
  id: string /** Where the former database and its journal are; null: there was none. */
  former: string | null
}

const SIDES = ['-wal', '-shm', '-journal']

/**
 * Restores. The former database and the journal are moved to `before-restore-<time>/` in the data directory, nothing is deleted. In the
 * restored database all sessions and one-time links are ended, since some had ended after the backup was made. Null: it was
 * not confirmed. Rejects with OwnedError while a server runs, with StartError where the data directory cannot be used, and with an Error
 * that says why it is refused.
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored | null> {
  const { dataDir } = options
  if (databaseKind(options.database) !== 'sqlite') throw new Error(POSTGRESQL_HINT)
  if (existsSync(dataDir)) {
    return whileOwned(dataDir, async () => {
      const verified = await confirmedBackup(options)
      return verified === null ? null : replaceDatabase(options, verified)
    })
  }
  // No server runs on a directory that is not there, and a refused restore is to leave none.
  const verified = await confirmedBackup(options)
  if (verified === null) return null
  makeDataDirectory(dataDir)
  try {
    return await whileOwned(dataDir, () => replaceOrUnlock(options, verified))
  } catch (error) {
    removeEmptyDirectory(dataDir)
    throw error
  }
}

/** Replaces the database; on failure the lock, which is still held, has no file any more. */
async function replaceOrUnlock(options: RestoreOptions, verified: VerifiedBackup): Promise<Restored> {
  try {
    return await replaceDatabase(options, verified)
  } catch (error) {
    rmSync(ownerLock(options.dataDir), { force: true })
    throw error
  }
}

function removeEmptyDirectory(path: string): void {
  try {
    rmdirSync(path)
  } catch {
    // What has come to be in it is not ours to remove.
  }
}

async function whileOwned<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
  const ownership = takeOwnership(dataDir)
  try {
    return await work()
  } finally {
    ownership.release()
  }
}

/** Null: it was not confirmed. */
async function confirmedBackup(options: RestoreOptions): Promise<VerifiedBackup | null> {
  const verified = await verifyBackup(options.dataDir, options.which)
  const [problem] = verified.problems
  if (problem !== undefined) throw new Error(`${verified.backup.id} cannot be restored. ${problem}`)
  return (await options.confirm(verified, warningsOf(verified, options.encryptionKey))) ? verified : null
}

async function replaceDatabase(options: RestoreOptions, verified: VerifiedBackup): Promise<Restored> {
  const { dataDir, database, nowMs } = options
  const { id } = verified.backup
  const fresh = `${database}.restoring`
  removeDatabase(fresh)
  try {
    copyFileSync(verified.files.database, fresh)
    await prepare(fresh, id, nowMs)
    const former = moveFormer(dataDir, database, nowMs)
    renameSync(fresh, database)
    // After the database: a start in between is refused for want of one, and none begins with an empty database.
    if (former !== null) moveJournal(dataDir, former)
    return { id, former }
  } finally {
    removeDatabase(fresh)
  }
}

function warningsOf({ backup }: VerifiedBackup, key: Uint8Array | null): string[] {
  const needed = backup.copy.encryptionKeyId
  if (needed === null || encryptionKeyId(key) === needed) return []
  return [
    'The encryption key of this installation is not the one of the backup. Credentials of upstreams and copies of secrets cannot be read until LATCHKEY_ENCRYPTION_KEY, or encryption.key in the data directory, is the key of then.',
  ]
}

/** Brings the copy to the schema of this version, ends what could have been ended since, and writes the audit event. */
async function prepare(path: string, id: string, nowMs: number): Promise<void> {
  const store = await openStore(path)
  try {
    await store.prisma.$transaction(async (tx) => {
      await tx.adminSession.deleteMany()
      await tx.adminInvitation.deleteMany()
      await tx.adminPasswordLink.deleteMany()
      await tx.setupLink.deleteMany()
      const target = { type: 'Backup' as const, id, label: id }
      const event = auditEvent(systemActor('latchkey backup'), 'backup.restore', target, nowMs)
      await tx.auditEvent.create({ data: event })
    })
  } finally {
    await store.close()
  }
  foldWal(path)
}

/** The folder with the former database; null: there was none. */
function moveFormer(dataDir: string, database: string, nowMs: number): string | null {
  const hasJournal = existsSync(join(dataDir, 'journal'))
  if (!existsSync(database) && !hasJournal) return null
  const time = new Date(nowMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')
  const folder = join(dataDir, `before-restore-${time}Z`)
  mkdirSync(folder, { mode: 0o700 })
  if (existsSync(database)) {
    try {
      foldWal(database)
    } catch {
      // A damaged one is moved as it is, with what stands beside it.
    }
    for (const side of SIDES) moveIfThere(`${database}${side}`, folder)
    moveIfThere(database, folder)
  }
  return folder
}

function moveJournal(dataDir: string, folder: string): void {
  moveIfThere(join(dataDir, 'journal'), folder)
}

function moveIfThere(path: string, folder: string): void {
  if (existsSync(path)) renameSync(path, join(folder, basename(path)))
}

function removeDatabase(path: string): void {
  for (const side of ['', ...SIDES]) rmSync(`${path}${side}`, { force: true })
}
