// The control plane of the process that owns the database: GraphQL, REST, health, metrics and the console.
import { readFileSync } from 'node:fs'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { LookupFunction } from 'node:net'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { isHttps } from '../auth/client-connection.ts'
import { identify, requesterOf } from '../auth/identify.ts'
import { AdminError, ClientDisconnected, MissingScope } from '../domain/admin-errors.ts'
import { BACK_CHANNEL_LOGOUT } from '../domain/admins/sso/back-channel-path.ts'
import { ORGANIZATION_ROOT, PROJECTS_ROOT } from '../domain/endpoints/endpoints.ts'
import type { OwnKeys } from '../domain/keys/own-key.ts'
import type { RouteCandidate } from '../domain/models/route-target.ts'
import { DAY_MS } from '../domain/time.ts'
import { isLoopbackHost } from '../domain/upstreams/loopback-host.ts'
import { type ClientSecrets, playgroundBinding } from '../gateway/client-secrets/client-secrets.ts'
import type { PriceBook } from '../gateway/pricing/price-book.ts'
import { isPriced } from '../gateway/pricing/price-routes.ts'
import { ECHO_UPSTREAM, type Routes } from '../gateway/routing/route-table.ts'
import type { LedgerView } from '../ledger/ledger.ts'
import { createConsoleFiles } from '../ops/console-files.ts'
import { createHealth } from '../ops/health.ts'
import { createMetrics, type Metrics } from '../ops/metrics.ts'
import { type AlertRunner, createAlertRunner } from '../services/alerts/alert-runner.ts'
import { deliveryCounts } from '../services/alerts/deliver/delivery-counts.ts'
import { type BackupRunner, createBackupRunner } from '../services/backups/backup-runner.ts'
import type { ControlPlane } from '../services/control-plane.ts'
import { countBySeverity } from '../services/findings/find-findings.ts'
import { createKeyChangeFeed, publishKeysOfOwner } from '../services/keys/key-change-feed.ts'
import {
  createRecalculationRunner,
  type RecalculationRunner,
} from '../services/pricing/recalculate/recalculation-runner.ts'
import type { Store } from '../store/store.ts'
import { createAdminHttp } from './admin-http.ts'
import { daysMs } from './ledger-options.ts'
import { isUnder } from './request-router.ts'
import type { Config } from './settings/config.ts'
import { CONSOLE_BUILD } from './start/check-artefacts.ts'
import { readDiskSpace } from './start/read-disk-space.ts'

const VERSION = (
  JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as { version: string }
).version

// RFC 6797. Without includeSubDomains: of other hosts Latchkey knows nothing.
const HSTS = 'max-age=31536000'

export type ControlPlaneOptions = {
  config: Config
  encryptionKey: Uint8Array
  log: Logger
  clock: () => number
  startedAtMs: number
  store: Store
  ledger: LedgerView
  announceKeyChange: ControlPlane['announceKeyChange']
  announceSharedChange: ControlPlane['announceSharedChange']
  abortInFlightCalls: ControlPlane['abortInFlightCalls']
  announceCosts: ControlPlane['announceCosts']
  explainCall: ControlPlane['explainCall']
  explainShared: ControlPlane['explainShared']
  clientSecrets: ClientSecrets
  prices: PriceBook
  announceRoutesChange: ControlPlane['announceRoutesChange']
  upstreamStatuses: ControlPlane['upstreamStatuses']
  routes: Routes
  /** Public names of the models that a call may ask for. */
  models(): string[]
  /** Resolves the names that alert channels are at; undefined: the system's. */
  lookup?: LookupFunction | undefined
  /** In place of what the disk of the data directory says. */
  diskSpace?: ControlPlane['diskSpace'] | undefined
}

export type AppControlPlane = {
  /** Serves every path that is not the gateway's. */
  handle: RequestListener
  /** What the gateway asks about keys. */
  ownKeys: OwnKeys
  metrics: Metrics
  /** Not started yet: it reads the database, which a process may have to wait for. */
  alerts: AlertRunner
  /** Not started yet, for the same reason. */
  backups: BackupRunner
  /** Not started either. */
  recalculations: RecalculationRunner
  /** From here on not ready (`/readyz`). */
  announceStop(): void
  /** The same; and subscriptions, which have no end of their own, end. */
  drain(): void
}

/** Builds all of it over a store and a ledger; GraphQL and REST are loaded with the first request that needs them. */
export function createControlPlane(options: ControlPlaneOptions): AppControlPlane {
  const { config, log, store, ledger, clock } = options
  const draining = new AbortController()
  const keyChanges = createKeyChangeFeed()
  const plane: ControlPlane = {
    store,
    ledger,
    draining: draining.signal,
    clock,
    encryptionKey: options.encryptionKey,
    publicUrl: config.publicUrl,
    dataDir: config.dataDir,
    diskSpace: options.diskSpace ?? (() => readDiskSpace(config.dataDir)),
    listensOn: config.host,
    environment: config.environment,
    keyChanges,
    async announceKeyChange(change) {
      await options.announceKeyChange(change)
      keyChanges.publish(change)
    },
    async announceSharedChange(change) {
      await options.announceSharedChange(change)
      if (change.kind !== 'OWNER') return
      // Who follows keys reads them again in time; the change itself holds already.
      await publishKeysOfOwner(keyChanges, store.prisma.apiKey, change.id).catch(() => undefined)
    },
    abortInFlightCalls: options.abortInFlightCalls,
    announceCosts: options.announceCosts,
    announceRecalculation: () => recalculations.wake(),
    explainCall: options.explainCall,
    explainShared: options.explainShared,
    keepPlaygroundSecret: (hashHex, secret) =>
      void options.clientSecrets.bind(hashHex, playgroundBinding(secret)),
    async isPriced(model) {
      const candidates = options.routes.resolveRoutes(model)
      const all = candidates === null ? [] : [candidates.first, ...candidates.others]
      for (const route of all) await options.prices.opening(route)
      return all.every((route) => isPriced(options, route))
    },
    announceRoutesChange: options.announceRoutesChange,
    routesOf: (model) => ({
      target: options.routes.routeMatchOf(model),
      candidates: candidateRoutes(options.routes, model),
    }),
    upstreamStatuses: options.upstreamStatuses,
    environmentUpstreams: config.upstreams.length === 0 ? [ECHO_UPSTREAM] : config.upstreams,
    addressPolicy: { privateUpstreams: config.privateUpstreams },
    contents: { capture: config.content.capture, keepMs: config.content.days * DAY_MS },
    rollupRetentionMs: daysMs(config.retention.statsDays),
    ...(options.lookup === undefined ? {} : { lookup: options.lookup }),
    server: {
      version: VERSION,
      startedAtMs: options.startedAtMs,
      models: options.models,
      defaultModel: () => defaultModel(options.routes),
    },
    onFault(error, requestId) {
      if (error instanceof ClientDisconnected)
        log.debug({ requestId }, 'an admin client disconnected within its request body')
      else log.error({ err: error, requestId }, 'an admin request failed')
    },
  }
  const recalculations = createRecalculationRunner(plane, (error) =>
    log.error({ err: error }, 'the recalculation of costs has failed, and is tried again'),
  )
  let ownKeys: Promise<OwnKeys> | null = null
  const health = createHealth(store)
  const watched = {
    deliveries: () => deliveryCounts(plane),
    findings: () => countBySeverity(plane).catch(() => null),
    diskSpace: plane.diskSpace,
  }
  const metrics = createMetrics(ledger, VERSION, watched, async (request) => {
    try {
      const { actor } = await identify(plane, request, requesterOf(request))
      if (actor === null) return new AdminError('UNAUTHENTICATED')
      return actor.scopes.has('metrics:read') ? null : new MissingScope('metrics:read')
    } catch (error) {
      if (error instanceof AdminError) return error
      throw error
    }
  })
  return {
    handle: router(plane, [health, metrics]),
    ownKeys: async (request) => {
      // Loaded with the first question: most servers are asked none.
      ownKeys ??= import('../services/keys/own/own-keys.ts').then(({ createOwnKeys }) => createOwnKeys(plane))
      return (await ownKeys)(request)
    },
    metrics,
    alerts: createAlertRunner(plane, (error) =>
      log.error({ err: error }, 'alerts could not be evaluated or sent'),
    ),
    backups: createBackupRunner(plane, (problem) => {
      if (!draining.signal.aborted) log.error({ problem }, 'the backup of the day could not be made')
    }),
    recalculations,
    announceStop: health.drain,
    drain() {
      health.drain()
      draining.abort()
    },
  }
}

/** The model that `auto` stands for, for display: `auto` itself where it is passed on as it is. */
export function defaultModel(routes: Routes): string {
  return routes.defaultModel ?? 'auto'
}

function candidateRoutes(routes: Routes, model: string | null): RouteCandidate[] {
  const candidates = routes.resolveRoutes(model)
  const all = candidates === null ? [] : [candidates.first, ...candidates.others]
  return all.map(({ upstream: { settings }, model: upstreamModel }) => ({
    upstreamId: settings?.upstreamId ?? null,
    credentialId: settings?.credentialId ?? null,
    upstreamModel,
  }))
}

function router(
  plane: ControlPlane,
  ops: { handle(request: IncomingMessage, response: ServerResponse): boolean }[],
): RequestListener {
  const adminHttp = createAdminHttp(plane)
  const files = createConsoleFiles(CONSOLE_BUILD)
  return (request, response) => {
    const https = isHttps(request, plane.publicUrl)
    if (https) response.setHeader('strict-transport-security', HSTS)
    const url = request.url ?? '/'
    if (isUnder(url, '/graphql')) adminHttp.graphql(request, response)
    else if (isUnder(url, '/api') || isUnder(url, '/export')) adminHttp.rest(request, response)
    else if (isUnder(url, ORGANIZATION_ROOT) || isUnder(url, PROJECTS_ROOT))
      adminHttp.organization(request, response)
    else if (isUnder(url, '/openapi.json')) adminHttp.openApi(request, response)
    else if (isUnder(url, BACK_CHANNEL_LOGOUT)) adminHttp.backChannelLogout(request, response)
    else if (!ops.some((endpoint) => endpoint.handle(request, response))) {
      adminHttp.load()
      // Over plain http from another machine a browser ignores it, and writes an error for each page.
      if (https || isLoopbackHost(hostNameOf(request)))
        response.setHeader('cross-origin-opener-policy', 'same-origin')
      files(request, response)
    }
  }
}

/** The host that the browser asked, without its port. */
function hostNameOf({ headers }: IncomingMessage): string {
  return (headers.host ?? '').replace(/:\d*$/, '')
}

const NAMES_SHOWN = 5

/** What `/v1` leads to, for display: at most five upstreams, or how many models admins have set up. */
export function servedText({ upstreams, publicNames }: Routes): string {
  const names = upstreams.filter((upstream) => upstream !== ECHO_UPSTREAM).map(({ name }) => name)
  const shown = [...new Set(names)].slice(0, NAMES_SHOWN).join(', ')
  const models = publicNames.length
  if (shown !== '' && models > 0) return `${shown}; ${models} managed models`
  if (shown !== '') return shown
  return models > 0 ? `${models} managed models` : 'no upstream configured: the built-in echo responds'
}
