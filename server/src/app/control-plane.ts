// What admins use and what it stands on: the data directory, the database, and the faces of the control plane.
import { mkdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { ensureEnvironmentToken } from '../auth/admin-token.ts'
import { ensureEnvironmentAdmin } from '../auth/environment-admin.ts'
import { identify, requesterOf } from '../auth/identify.ts'
import { mintSetupToken } from '../auth/setup.ts'
import type { RouteCandidate } from '../domain/models/route-target.ts'
import { DAY_MS } from '../domain/time.ts'
import type { PriceBook } from '../gateway/pricing/price-book.ts'
import { followModels, type ModelFollower } from '../gateway/routing/follow-route-snapshot.ts'
import { type ManagedModels, openModels } from '../gateway/routing/route-snapshot.ts'
import { ECHO_UPSTREAM, type Routes } from '../gateway/routing/route-table.ts'
import type { LedgerOptions, LedgerView } from '../ledger/ledger.ts'
import { createConsoleFiles } from '../ops/console-files.ts'
import { createHealth } from '../ops/health.ts'
import { createMetrics, type Metrics } from '../ops/metrics.ts'
import type { ControlPlane } from '../services/control-plane.ts'
import { openStore } from '../store/open-store.ts'
import { takeOwnership } from '../store/owner-lock.ts'
import { readRouteRows } from '../store/queries/routes.ts'
import type { Store } from '../store/store.ts'
import { createAdminHttp } from './admin-http.ts'
import { logLedgerProblem } from './log-ledger-problem.ts'
import { isUnder } from './request-router.ts'
import type { Config } from './settings/config.ts'

const VERSION = (
  JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as { version: string }
).version

export type DataDirectory = {
  store: Store
  /** The one-time token of the setup link; null once an admin exists. */
  setupToken: string | null
  /** Closes the database and lets the data directory go. */
  release(): Promise<void>
}

/**
 * Takes the data directory, opens the database and brings it up to date. Rejects with OwnedError where another process has
 * the directory, with MigrationError for a database not to be touched.
 */
export async function openDataDirectory(config: Config, clock: () => number): Promise<DataDirectory> {
  mkdirSync(config.dataDir, { recursive: true })
  // Before anything in it is read or changed.
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

/** The ledger of a configuration; what troubles it goes to the log. */
export function ledgerOptions(config: Config, log: Logger): LedgerOptions {
  return {
    folder: journalFolder(config),
    database: config.database,
    keepLogsMs: daysMs(config.retention.logDays),
    rollupRetentionMs: daysMs(config.retention.statsDays),
    contents: { keepMs: config.content.days * DAY_MS, redaction: config.content.redaction },
    onProblem: (where, message) => logLedgerProblem(log, where, message),
    onQuarantine: (count) =>
      log.error(
        { quarantined: count },
        'parts of the journal could not be read; they are kept in journal/quarantine',
      ),
  }
}

export function journalFolder(config: Config): string {
  return join(config.dataDir, 'journal')
}

/** Follows the models in the database, their secrets opened; what troubles it goes to the log. */
export function followDatabase(
  { config, encryptionKey, log }: Pick<ControlPlaneOptions, 'config' | 'encryptionKey' | 'log'>,
  store: Store,
  handOn: (managed: ManagedModels) => void | Promise<void>,
): ModelFollower {
  return followModels({
    load: async () => openModels(await readRouteRows(store), encryptionKey, config),
    handOn,
    onProblem: (problems, error) => {
      if (error !== null)
        log.error({ err: error }, 'the routes cannot be read; the former ones stay in force')
      for (const problem of problems)
        log.error({ problem }, 'an upstream, or a credential of one, takes no calls')
    },
  })
}

export type ControlPlaneOptions = {
  config: Config
  encryptionKey: Uint8Array
  log: Logger
  clock: () => number
  startedAtMs: number
  store: Store
  ledger: LedgerView
  announceKeyChange: ControlPlane['announceKeyChange']
  abortInFlightCalls: ControlPlane['abortInFlightCalls']
  explainCall: ControlPlane['explainCall']
  prices: PriceBook
  announceRoutesChange: ControlPlane['announceRoutesChange']
  upstreamStatuses: ControlPlane['upstreamStatuses']
  routes: Routes
  /** Public names of the models that a call may ask for. */
  models(): string[]
}

export type AppControlPlane = {
  /** Answers every path but the gateway's. */
  handle: RequestListener
  metrics: Metrics
  /** From here on not ready, and what would never end by itself ends. */
  drain(): void
}

/** Builds GraphQL, REST, health, metrics and the console over a store and a ledger. */
export function createControlPlane(options: ControlPlaneOptions): AppControlPlane {
  const { config, log, store, ledger, clock } = options
  const draining = new AbortController()
  const plane: ControlPlane = {
    store,
    ledger,
    draining: draining.signal,
    clock,
    encryptionKey: options.encryptionKey,
    announceKeyChange: options.announceKeyChange,
    abortInFlightCalls: options.abortInFlightCalls,
    explainCall: options.explainCall,
    async isPriced(model) {
      const candidates = options.routes.resolveRoutes(model)
      const all = candidates === null ? [] : [candidates.first, ...candidates.others]
      for (const way of all) await options.prices.opening(way)
      return all.every((way) => options.prices.priceOf(way) !== null)
    },
    announceRoutesChange: options.announceRoutesChange,
    routesOf: (model) => ({
      target: options.routes.routeMatchOf(model),
      candidates: resolveRoutes(options.routes, model),
    }),
    upstreamStatuses: options.upstreamStatuses,
    environmentUpstreams: config.upstreams.length === 0 ? [ECHO_UPSTREAM] : config.upstreams,
    addressPolicy: { privateUpstreams: config.privateUpstreams },
    contents: { capture: config.content.capture, keepMs: config.content.days * DAY_MS },
    rollupRetentionMs: daysMs(config.retention.statsDays),
    server: {
      version: VERSION,
      startedAtMs: options.startedAtMs,
      models: options.models,
      defaultModel: () => defaultModel(options.routes),
    },
    onFault: (error, requestId) => log.error({ err: error, requestId }, 'an admin request failed'),
  }
  const health = createHealth(store)
  const metrics = createMetrics(ledger, VERSION, async (request) => {
    const { actor } = await identify({ store, clock }, request, requesterOf(request))
    return actor !== null
  })
  return {
    handle: router(plane, [health, metrics]),
    metrics,
    drain() {
      health.drain()
      draining.abort()
    },
  }
}

/** The model that `auto` stands for, as it may be shown. */
export function defaultModel(routes: Routes): string {
  return routes.defaultModel ?? 'auto'
}

function resolveRoutes(routes: Routes, model: string | null): RouteCandidate[] {
  const candidates = routes.resolveRoutes(model)
  const all = candidates === null ? [] : [candidates.first, ...candidates.others]
  return all.map(({ upstream: { settings }, model: upstreamModel }) => ({
    upstreamId: settings?.upstreamId ?? null,
    credentialId: settings?.credentialId ?? null,
    upstreamModel,
  }))
}

function daysMs(days: number | null): number | null {
  return days === null ? null : days * DAY_MS
}

function router(
  plane: ControlPlane,
  ops: { handle(request: IncomingMessage, response: ServerResponse): boolean }[],
): RequestListener {
  const adminHttp = createAdminHttp(plane)
  const files = createConsoleFiles(join(import.meta.dirname, '../../../console/build'))
  return (request, response) => {
    const url = request.url ?? '/'
    if (isUnder(url, '/graphql')) adminHttp.graphql(request, response)
    else if (isUnder(url, '/api')) adminHttp.rest(request, response)
    else if (!ops.some((room) => room.handle(request, response))) {
      adminHttp.load()
      files(request, response)
    }
  }
}
