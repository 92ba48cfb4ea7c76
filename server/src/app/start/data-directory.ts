// The data directory: its lock, the database, the journal's folder, and the first admin.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { ensureEnvironmentTokens } from '../../auth/admin-tokens/environment-tokens.ts'
import { ensureEnvironmentAdmin, IGNORED_PASSWORD } from '../../auth/environment-admin.ts'
import { mintSetupToken } from '../../auth/setup.ts'
import { StartError } from '../../domain/start-error.ts'
import { emptySpoolFolder, type SpoolOptions } from '../../http/spool/body-spool.ts'
import { makeDataDirectory } from '../../store/data-files.ts'
import type { DatabaseLock } from '../../store/database-lock-options.ts'
import { ownDatabase } from '../../store/database-owner.ts'
import { openStore } from '../../store/open-store.ts'
import { takeOwnership } from '../../store/owner-lock.ts'
import { readSealedSecrets } from '../../store/queries/sealed-secrets.ts'
import { databaseKind, type Store } from '../../store/store.ts'
import { keepPrivate } from '../private-files.ts'
import { checkEncryptionKey } from '../settings/check-encryption-key.ts'
import type { Config } from '../settings/config.ts'

export type DataDirectoryOptions = {
  config: Config
  encryptionKey: Uint8Array
  log: Logger
  /** Another server has taken the database: this one must end. */
  onTaken?: (message: string) => void
}

export type DataDirectory = {
  store: Store
  /** The one-time token of the setup link; null once an admin exists. */
  setupToken: string | null
  /** Closes the database, then releases the locks. */
  release(): Promise<void>
}

/**
 * Locks the data directory and the database, opens and migrates it, and makes the admin and the admin tokens of the
 * configuration. Rejects with StartError: OwnedError where another server has either lock, MigrationError for a database that
 * must not be migrated, ConfigError where the encryption key is not the database's.
 */
export async function openDataDirectory(
  options: DataDirectoryOptions,
  clock: () => number,
): Promise<DataDirectory> {
  const { config } = options
  makeDataDirectory(config.dataDir)
  const opened: (() => Promise<void> | void)[] = []
  const release = async () => {
    for (const close of opened.splice(0).reverse()) await close()
  }
  try {
    // Before anything in the directory is read or changed.
    const ownership = takeOwnership(config.dataDir)
    opened.push(() => ownership.release())
    keepPrivate(config.dataDir, options.log)
    refuseLostDatabase(config)
    emptySpoolFolder(spoolOptions(config).folder)
    const lock = await lockDatabase(options)
    opened.push(() => lock.release())
    const store = await openStore(config.database)
    opened.push(() => store.close())
    checkEncryptionKey(config, options.encryptionKey, await readSealedSecrets(store))
    if (
      config.adminPassword !== null &&
      !(await ensureEnvironmentAdmin(store, clock, config.adminPassword))
    ) {
      options.log.warn(IGNORED_PASSWORD)
    }
    await ensureEnvironmentTokens(store, clock, [config.adminToken, config.adminTokenNext])
    return { store, setupToken: await mintSetupToken(store, clock), release }
  } catch (error) {
    await release().catch(() => undefined)
    throw error
  }
}

/**
 * Throws StartError where the SQLite file is empty or absent beside the journal of a database that had been used: a new, empty
 * one would look like a sound start, and its calls would be ingested for keys that are not there.
 */
function refuseLostDatabase(config: Config): void {
  if (databaseKind(config.database) !== 'sqlite') return
  const bytes = statSync(config.database, { throwIfNoEntry: false })?.size ?? null
  const folder = journalFolder(config)
  if ((bytes !== null && bytes > 0) || !existsSync(folder)) return
  // A journal without segments is there before the first start, too, where somebody has mounted a disk of its own.
  if (bytes === null && !hasSegments(folder)) return
  throw new StartError(
    `The database ${config.database} is ${bytes === null ? 'missing' : 'empty'}, but ${folder} is the journal of one that was in use. Restore the database from a backup (latchkey backup restore). To begin with a new one, move ${bytes === null ? 'the journal' : 'that file and the journal'} to another place.`,
  )
}

function hasSegments(folder: string): boolean {
  try {
    return readdirSync(folder).some((name) => name.endsWith('.journal'))
  } catch {
    // Opening the journal says what is wrong with it.
    return false
  }
}

function lockDatabase({ config, log, onTaken }: DataDirectoryOptions): Promise<DatabaseLock> {
  return ownDatabase(config.database, {
    onWaiting: (reason) => log.warn({ problem: reason }, 'waiting up to a minute for the database'),
    onProblem(message) {
      if (message === null) log.info('the database is held for this server again')
      else log.error({ problem: message }, 'the database is not held for this server')
    },
    onTaken(message) {
      log.fatal(
        { problem: message },
        'this server stops: two servers on one database would not know of each other',
      )
      onTaken?.(message)
    },
  })
}

/** Path of the folder of journal segments. */
export function journalFolder(config: Config): string {
  return join(config.dataDir, 'journal')
}

// Nearly all forms with an image or a short recording fit.
const SPOOL_MEMORY_BYTES = 1024 * 1024

/** Where and how forms are kept until they are sent on. */
export function spoolOptions(config: Config): SpoolOptions {
  return { folder: join(config.dataDir, 'spool'), memoryBytes: SPOOL_MEMORY_BYTES }
}
