// Builds the whole server from a configuration: one listener, its rooms behind it. Tests build this too.
import { mkdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { createAdminFaces } from './admin-faces.ts'
import { ensureEnvironmentToken } from './auth/admin-token.ts'
import { ensureEnvironmentAdmin } from './auth/environment-admin.ts'
import { callerOf, identify } from './auth/identify.ts'
import { mintSetupToken } from './auth/setup.ts'
import type { Config } from './config.ts'
import { withEcho } from './gateway/echo/echo-client.ts'
import { createEstimator } from './gateway/estimate/estimator.ts'
import { GATEWAY_LIMITS, type Gateway, type GatewayLimits } from './gateway/gateway.ts'
import { createKeyDirectory } from './gateway/key-directory.ts'
import { createLaneHandler } from './gateway/lane-handler.ts'
import { leanOverUndici } from './gateway/lean-client/lean-client.ts'
import { createModelList } from './gateway/model-list.ts'
import { createGatewayHandler } from './gateway/node-handler.ts'
import { REALTIME_LIMITS, type RealtimeLimits } from './gateway/realtime/limits.ts'
import { createRealtime } from './gateway/realtime/realtime.ts'
import { createRoutes } from './gateway/routes.ts'
import { type UpstreamClient, type UpstreamTimeouts, undiciClient } from './gateway/upstream-client.ts'
import { type Ledger, openLedger } from './ledger/ledger.ts'
import { createListener } from './listener.ts'
import { createConsoleFiles } from './ops/console-files.ts'
import { createHealth } from './ops/health.ts'
import { createMetrics } from './ops/metrics.ts'
import type { ControlPlane } from './services/control-plane.ts'
import { findKeyByHash } from './store/api-keys.ts'
import { openStore } from './store/open-store.ts'
import { takeOwnership } from './store/owner-lock.ts'
import type { Store } from './store/store.ts'

export type AppOptions = {
  config: Config
  /** 32 bytes: what encrypted copies are encrypted with. */
  encryptionKey: Uint8Array
  log: Logger
  /** Milliseconds since the epoch. */
  clock?: () => number
  limits?: GatewayLimits
  /** In place of those in `config`. */
  timeouts?: UpstreamTimeouts
  realtime?: RealtimeLimits
  /** Makes the client that carries calls to upstreams; absent: undici's. */
  upstreamClient?: (timeouts: UpstreamTimeouts) => UpstreamClient
}

export type App = {
  server: Server
  store: Store
  ledger: Ledger
  /** Listens and answers the base URL, with the port that was given or found. */
  listen(): Promise<string>
  /** The one-time token of the setup link; null once an admin exists. */
  setupToken: string | null
  /** The model that `auto` stands for, as it may be shown. */
  defaultModel: string
  /** Stops taking calls, lets those under way finish for up to `graceMs`, and writes what is left to the ledger. */
  close(graceMs?: number): Promise<void>
}

const VERSION = (
  JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as { version: string }
).version

/**
 * Takes the data directory, opens the database, brings it up to date, and builds everything; nothing listens yet.
 * Rejects with OwnedError where another process has the directory, with MigrationError for a database not to be touched.
 */
export async function createApp(options: AppOptions): Promise<App> {
  const { config, log, clock = Date.now } = options
  const startedAtMs = clock()
  mkdirSync(config.dataDir, { recursive: true })
  // Before anything in it is read or changed.
  const ownership = takeOwnership(join(config.dataDir, 'owner.lock'), `The data directory ${config.dataDir}`)
  const store = await openStore(config.database).catch((error) => {
    ownership.release()
    throw error
  })
  if (config.adminPassword !== null) await ensureEnvironmentAdmin(store, clock, config.adminPassword)
  await ensureEnvironmentToken(store, clock, config.adminToken)
  const setupToken = await mintSetupToken(store, clock)
  const ledger = openLedger({
    folder: join(config.dataDir, 'journal'),
    database: config.database,
    keepLogsMs: daysMs(config.retention.logDays),
    keepSumsMs: daysMs(config.retention.statsDays),
    onTrouble: (where, message) => {
      if (message === null) log.info({ where }, 'the ledger works again')
      else
        log.error(
          { where, problem: message },
          'the ledger cannot keep up; calls go on, and nothing is lost so far',
        )
    },
    onQuarantine: (count) =>
      log.error(
        { quarantined: count },
        'parts of the journal could not be read; they are kept in journal/quarantine',
      ),
  })
  const gateway = createGateway(options, store, ledger, clock)
  const defaultModel = config.defaultModel ?? 'auto'
  const draining = new AbortController()
  const plane: ControlPlane = {
    store,
    ledger,
    draining: draining.signal,
    clock,
    encryptionKey: options.encryptionKey,
    announceKeyChange: (hashHex) => gateway.keys.forget(hashHex),
    server: {
      version: VERSION,
      startedAtMs,
      models: () => gateway.models.known().map((model) => model.id),
      defaultModel: () => defaultModel,
    },
    onFault: (error, requestId) => log.error({ err: error, requestId }, 'an admin request failed'),
  }
  const health = createHealth(store)
  const metrics = createMetrics(ledger, VERSION, async (request) => {
    const { actor } = await identify({ store, clock }, request, callerOf(request))
    return actor !== null
  })
  const realtime = createRealtime(gateway, options.realtime ?? REALTIME_LIMITS)
  const listener = createListener(
    router(gateway, plane, [health, metrics]),
    realtime,
    config.fastLane ? createLaneHandler(gateway) : null,
  )
  let closing: Promise<void> | null = null

  return {
    server: listener.server,
    store,
    ledger,
    setupToken,
    defaultModel,
    listen: () => listener.listen(config.host, config.port),
    close: (graceMs = 30_000) => {
      closing ??= (async () => {
        health.drain()
        draining.abort()
        await Promise.all([listener.stop(graceMs), realtime.close(graceMs)])
        await gateway.client.close()
        await gateway.estimator.close()
        await ledger
          .close()
          .finally(() => store.close())
          .finally(() => ownership.release())
      })()
      return closing
    },
  }
}

function daysMs(days: number | null): number | null {
  return days === null ? null : days * 86_400_000
}

function createGateway(options: AppOptions, store: Store, ledger: Ledger, clock: () => number): Gateway {
  const { config, log } = options
  const routes = createRoutes(config.upstreams, config.defaultModel)
  const { timeouts = config.timeouts, upstreamClient = config.fastLane ? leanOverUndici : undiciClient } = options
  const client = withEcho(upstreamClient(timeouts), clock)
  return {
    keys: createKeyDirectory((hash) => findKeyByHash(store, hash)),
    routes,
    models: createModelList(routes, client, clock),
    client,
    limits: options.limits ?? GATEWAY_LIMITS,
    drainMs: config.drainMs,
    callerIdleMs: config.callerIdleMs,
    estimator: createEstimator(),
    clock,
    open: (call) => ledger.open(call),
    record: (record, written) => ledger.record(record, written),
    onMistake: (error, requestId) => log.error({ err: error, requestId }, 'a call failed inside the gateway'),
  }
}

function router(
  gateway: Gateway,
  plane: ControlPlane,
  ops: { handle(request: IncomingMessage, response: ServerResponse): boolean }[],
): RequestListener {
  const v1 = createGatewayHandler(gateway)
  const faces = createAdminFaces(plane)
  const files = createConsoleFiles(join(import.meta.dirname, '../../console/build'))
  return (request, response) => {
    const url = request.url ?? '/'
    if (url.startsWith('/v1/')) v1(request, response)
    else if (under(url, '/graphql')) faces.graphql(request, response)
    else if (under(url, '/api')) faces.rest(request, response)
    else if (under(url, '/v1')) v1(request, response)
    else if (!ops.some((room) => room.handle(request, response))) {
      faces.load()
      files(request, response)
    }
  }
}

function under(url: string, path: string): boolean {
  return (
    url.startsWith(path) &&
    (url.length === path.length || url[path.length] === '/' || url[path.length] === '?')
  )
}
