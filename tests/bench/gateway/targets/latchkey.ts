// Latchkey as `pnpm start` starts it, on a database that was prepared: keys that are checked, calls journalled and metered.
import { hash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { SETTINGS } from '@latchkey/server/app/settings/environment-settings.ts'
import { DAY_MS } from '@latchkey/server/domain/time.ts'
import { openStore } from '@latchkey/server/store/open-store.ts'
import { repositoryRoot } from '../../../support/run/repository.ts'
import { startServerProcess } from '../../../support/server/server-process.ts'
import { fillSqlite } from '../../fill-sqlite.ts'
import type { Target } from './target.ts'

type LatchkeyOptions = {
  name: `latchkey${string}`
  label: string
  dataDir: string
  upstreamPort: number
  keysFile: string
  /** What starts it: `taskset` and its arguments, or nothing. */
  prefix: string[]
  env: Record<string, string>
  nodeFlags: string[]
}

/** Whether this version has a setting. */
export function hasSetting(name: string): boolean {
  return name in SETTINGS
}

/** The same secrets for the same number, so that every target knows the same keys. */
export function secretsOf(count: number): string[] {
  return Array.from(
    { length: count },
    (_, n) => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`,
  )
}

/** Makes the database of a data directory: keys that expire in a year, and a log of so many calls. */
export async function prepareData(dataDir: string, secrets: readonly string[], rows: number): Promise<void> {
  mkdirSync(dataDir, { recursive: true })
  const path = join(dataDir, 'latchkey.db')
  const nowMs = Date.now()
  // Within the retention of logs: removing them would be work beside the calls.
  if (rows > 0) await fillSqlite(path, rows, nowMs - 80 * DAY_MS, nowMs)
  else await (await openStore(path)).close()
  const database = new DatabaseSync(path)
  const insert = database.prepare(
    'INSERT INTO "ApiKey" ("name", "secretHash", "secretStart", "createdAt", "updatedAt", "expiresAt") VALUES (?, ?, ?, ?, ?, ?)',
  )
  database.exec('BEGIN')
  for (const secret of secrets) {
    const hashed = hash('sha256', secret, 'buffer')
    insert.run(`bench ${secret}`, hashed, secret.slice(0, 8), nowMs, nowMs, nowMs + 365 * DAY_MS)
  }
  database.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA optimize')
  database.close()
}

/** Starts it on a data directory that was prepared. */
export async function startLatchkey(options: LatchkeyOptions): Promise<Target> {
  const server = await startServerProcess(
    {
      LATCHKEY_DATA_DIR: options.dataDir,
      LATCHKEY_UPSTREAM_URL: `http://127.0.0.1:${options.upstreamPort}/v1`,
      LATCHKEY_UPSTREAM_KEY: 'of-the-upstream',
      ...options.env,
    },
    [...options.prefix, process.execPath, ...startFlags(), ...options.nodeFlags],
  )
  return {
    name: options.name,
    label: options.label,
    port: Number(new URL(server.url).port),
    pid: server.process.pid ?? 0,
    headers: {},
    keysFile: options.keysFile,
    stop: server.remove,
  }
}

/** What `pnpm start` gives Node. */
function startFlags(): string[] {
  const { scripts } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as {
    scripts: { start: string }
  }
  return scripts.start.match(/--[\w-]+=\S+(?=.* server\/src\/main\.ts)/g) ?? []
}
