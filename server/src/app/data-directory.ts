// The data directory: its lock, the database, the journal's folder, and the first admin.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { ensureEnvironmentToken } from '../auth/admin-token.ts'
import { ensureEnvironmentAdmin } from '../auth/environment-admin.ts'
import { mintSetupToken } from '../auth/setup.ts'
import { openStore } from '../store/open-store.ts'
import { takeOwnership } from '../store/owner-lock.ts'
import type { Store } from '../store/store.ts'
import type { Config } from './settings/config.ts'

export type DataDirectory = {
  store: Store
  /** The one-time token of the setup link; null once an admin exists. */
  setupToken: string | null
  /** Closes the database, then releases the lock. */
  release(): Promise<void>
}

/**
 * Locks the data directory, opens the database and migrates it, and makes the admin and the admin token of the configuration.
 * Rejects with OwnedError where another process has the lock, with MigrationError for a database that must not be migrated.
 */
export async function openDataDirectory(config: Config, clock: () => number): Promise<DataDirectory> {
  mkdirSync(config.dataDir, { recursive: true })
  // Before anything in the directory is read or changed.
  const ownership = takeOwnership(config.dataDir)
  const store = await openStore(config.database).catch((error) => {
    ownership.release()
    throw error
  })
  if (config.adminPassword !== null) await ensureEnvironmentAdmin(store, clock, config.adminPassword)
  await ensureEnvironmentToken(store, clock, config.adminToken)
  return {
    store,
    setupToken: await mintSetupToken(store, clock),
    release: () => store.close().finally(() => ownership.release()),
  }
}

/** Path of the folder of journal segments. */
export function journalFolder(config: Config): string {
  return join(config.dataDir, 'journal')
}
