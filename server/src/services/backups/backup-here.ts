// The backups of a data directory and its database, for a command: beside a running server or without one.
import { existsSync } from 'node:fs'
import { systemActor } from '../../domain/admins/actor.ts'
import type { Backup } from '../../domain/backups/backup.ts'
import type { Result } from '../../domain/user-error.ts'
import { openStore } from '../../store/open-store.ts'
import { databaseKind, type Store } from '../../store/store.ts'
import { backupFolder, readFolder } from './backup-folder.ts'
import { POSTGRESQL_HINT, writeBackup } from './create-backup.ts'
import { markBackup, readExternalBackups } from './external-backups.ts'

type Place = { dataDir: string; database: string }

const ACTOR = systemActor('latchkey backup')

/** Makes a backup. Rejects with an Error that says why it cannot. */
export async function createHere(
  {
    dataDir,
    database,
    encryptionKey,
    version,
  }: Place & { encryptionKey: Uint8Array | null; version: string },
  note: string,
): Promise<Backup> {
  if (databaseKind(database) !== 'sqlite') throw new Error(POSTGRESQL_HINT)
  return within(database, async (store) =>
    valueOrThrow(
      await writeBackup({ store, dataDir, encryptionKey, version, clock: Date.now }, ACTOR, {
        note,
        isScheduled: false,
      }),
    ),
  )
}

/** Notes a backup of another program. Rejects with an Error that says why it cannot. */
export function markHere({ database }: Place, note: string): Promise<Backup> {
  return within(database, async (store) =>
    valueOrThrow(await markBackup({ store, clock: Date.now }, ACTOR, note)),
  )
}

/** All of them, newest first; without a database, those in the folder. */
export async function listHere({ dataDir, database }: Place): Promise<Backup[]> {
  const made = readFolder(backupFolder(dataDir))
  const noted = isThere(database) ? await within(database, readExternalBackups) : []
  return [...made, ...noted].sort((a, b) => b.createdMs - a.createdMs)
}

async function within<T>(database: string, work: (store: Store) => Promise<T>): Promise<T> {
  // Opening would make an empty one.
  if (!isThere(database))
    throw new Error(`There is no database at ${database}. Is LATCHKEY_DATA_DIR that of the server?`)
  const store = await openStore(database)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

function isThere(database: string): boolean {
  return databaseKind(database) === 'postgresql' || existsSync(database)
}

function valueOrThrow<T>(result: Result<T>): T {
  if (result.ok) return result.value
  throw new Error(result.errors.map(({ message }) => message).join(' '))
}
