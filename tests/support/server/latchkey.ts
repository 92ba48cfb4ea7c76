// A whole Latchkey in this process, on a free port and a database of its own.
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type App, type AppOptions, createApp } from '@latchkey/server/app/create-app.ts'
import { readConfig } from '@latchkey/server/app/settings/config.ts'
import { encryptionKey } from '@latchkey/server/app/settings/encryption-key.ts'
import { type GatewayLimits, gatewayLimits } from '@latchkey/server/gateway/gateway.ts'
import { pino } from 'pino'
import { createTestDatabase } from '../databases/test-database.ts'
import { SETTLE_MAX_MS } from '../run/settle-time.ts'

export type TestLatchkey = {
  /** `http://127.0.0.1:<port>` */
  url: string
  app: App
  /** What is kept on disk: the journal, the encryption key; the SQLite file lies elsewhere. */
  dataDir: string
  /** What `openStore` takes; the server's own is closed with it. */
  database: string
  /** The admin token for /graphql and /api. */
  adminToken: string
  /** An API key made through the REST of the original product. */
  createKey(fields?: { name?: string; expires_days?: number }): Promise<{ id: number; secret: string }>
  /** Sends an operation to /graphql with the admin token; returns the whole body. */
  graphql(query: string, variables?: Record<string, unknown>): Promise<GraphqlResponse>
  /** Stops it, and starts it again on the same database and data directory: `url` and `app` are then others. */
  restart(): Promise<void>
  close(): Promise<void>
}

type GraphqlResponse = {
  // biome-ignore lint/suspicious/noExplicitAny: a test reads into the response that it requested
  data?: any
  errors?: { message: string; extensions?: Record<string, unknown> }[]
}

export type TestLatchkeyOptions = Pick<
  AppOptions,
  'alertTimer' | 'diskSpace' | 'clock' | 'timeouts' | 'realtime' | 'upstreamClient' | 'lookup' | 'settleMaxMs'
> & {
  limits?: Partial<GatewayLimits>
  /** Where the server logs to; absent: nowhere. */
  log?: AppOptions['log']
  /** Settings beside those that a test needs; an empty LATCHKEY_ADMIN_TOKEN leaves that out. */
  env?: Record<string, string>
}

// A machine that is busy with other tests is slow to ingest, and to load a tokenizer.
const PATIENT = { estimateMs: 60_000 }

/** Starts a server on the database of the running project; `close` removes all that it made. */
export async function startLatchkey({
  env = {},
  limits = {},
  log = pino({ level: 'silent' }),
  ...options
}: TestLatchkeyOptions = {}): Promise<TestLatchkey> {
  const { database, drop } = await createTestDatabase()
  const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-data-'))
  const adminToken = randomBytes(24).toString('base64url')
  // The whole suite can be run over either front of the gateway.
  const { LATCHKEY_FAST_LANE: lane } = process.env
  const config = {
    ...readConfig({
      ...(lane === undefined ? {} : { LATCHKEY_FAST_LANE: lane }),
      LATCHKEY_PORT: '0',
      LATCHKEY_DATA_DIR: dataDir,
      LATCHKEY_ADMIN_TOKEN: adminToken,
      ...env,
    }),
    database,
  }
  async function start() {
    const app = await createApp({
      config,
      encryptionKey: encryptionKey(config),
      log,
      settleMaxMs: SETTLE_MAX_MS,
      limits: { ...gatewayLimits(config.jsonBodyBytes, config.uploadSpoolBytes), ...PATIENT, ...limits },
      ...options,
    })
    return { app, url: await app.listen() }
  }
  const asAdmin = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' }
  const latchkey: TestLatchkey = {
    ...(await start()),
    dataDir,
    database,
    adminToken,
    async createKey(fields = {}) {
      const response = await fetch(`${latchkey.url}/api/api-keys`, {
        method: 'POST',
        headers: asAdmin,
        body: JSON.stringify({ name: 'test', ...fields }),
      })
      const key = (await response.json()) as { id: number; api_key: string }
      if (!response.ok) throw new Error(`no key: ${response.status} ${JSON.stringify(key)}`)
      return { id: key.id, secret: key.api_key }
    },
    async graphql(query, variables = {}) {
      const response = await fetch(`${latchkey.url}/graphql`, {
        method: 'POST',
        headers: asAdmin,
        body: JSON.stringify({ query, variables }),
      })
      return (await response.json()) as GraphqlResponse
    },
    async restart() {
      await latchkey.app.close(1_000, 0)
      Object.assign(latchkey, await start())
    },
    async close() {
      await latchkey.app.close(1_000, 0)
      await drop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
  return latchkey
}
