// The data directory: its lock, the database, the journal's folder, and the first admin.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { ensureEnvironmentToken } from '../auth/admin-token.ts'
import { ensureEnvironmentAdmin } from '../auth/environment-admin.ts'
import { mintSetupToken } from '../auth/setup.ts'
import { type DatabaseLock, ownDatabase } from '../store/database-owner.ts'
import { openStore } from '../store/open-store.ts'
import { takeOwnership } from '../store/owner-lock.ts'
import { readSealedSecrets } from '../store/queries/sealed-secrets.ts'
import type { Store } from '../store/store.ts'
import { checkEncryptionKey } from './settings/check-encryption-key.ts'
import type { Config } from './settings/config.ts'

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
 * Locks the data directory and the database, opens and migrates it, and makes the admin and the admin token of the
 * configuration. Rejects with StartError: OwnedError where another server has either lock, MigrationError for a database that
 * must not be migrated, ConfigError where the encryption key is not the database's.
 */
export async function openDataDirectory(
  options: DataDirectoryOptions,
  clock: () => number,
): Promise<DataDirectory> {
  const { config } = options
  mkdirSync(config.dataDir, { recursive: true })
  const opened: (() => Promise<void> | void)[] = []
  const release = async () => {
    for (const close of opened.splice(0).reverse()) await close()
  }
  try {
    // Before anything in the directory is read or changed.
    const ownership = takeOwnership(config.dataDir)
    opened.push(() => ownership.release())
    const lock = await lockDatabase(options)
    opened.push(() => lock.release())
    const store = await openStore(config.database)
    opened.push(() => store.close())
    checkEncryptionKey(config, options.encryptionKey, await readSealedSecrets(store))
    if (config.adminPassword !== null) await ensureEnvironmentAdmin(store, clock, config.adminPassword)
    await ensureEnvironmentToken(store, clock, config.adminToken)
    return { store, setupToken: await mintSetupToken(store, clock), release }
  } catch (error) {
    await release().catch(() => undefined)
    throw error
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
