// Builds the server as one process: data plane and control plane behind one listener. Tests build this too.
import type { Server } from 'node:http'
import type { LookupFunction } from 'node:net'
import type { Logger } from 'pino'
import { setClientConnections } from '../auth/client-connection.ts'
import { abortInFlightCalls } from '../gateway/call/in-flight-calls.ts'
import { openClientSecrets } from '../gateway/client-secrets/open-client-secrets.ts'
import { type GatewayLimits, gatewayLimits } from '../gateway/gateway.ts'
import { openBindings } from '../gateway/objects/open-bindings.ts'
import { REALTIME_LIMITS, type RealtimeLimits } from '../gateway/realtime/limits.ts'
import { createLiveRoutes } from '../gateway/routing/live-route-table.ts'
import type { UpstreamClient, UpstreamTimeouts } from '../http/client/upstream-client.ts'
import { type Ledger, openLedger } from '../ledger/ledger.ts'
import type { AlertRunner } from '../services/alerts/alert-runner.ts'
import type { BackupRunner } from '../services/backups/backup-runner.ts'
import type { ControlPlane } from '../services/control-plane.ts'
import { findKeyByHash } from '../store/queries/api-keys.ts'
import type { Store } from '../store/store.ts'
import { keepAuditEvents } from './audit-upkeep.ts'
import { createControlPlane, defaultModel, servedText } from './control-plane.ts'
import { createDataPlane } from './data-plane.ts'
import { followRoutes } from './follow-routes.ts'
import { createKeyRules } from './key-rules.ts'
import { ledgerOptions, reportLostLines } from './ledger-options.ts'
import type { Config } from './settings/config.ts'
import { openDataDirectory, spoolOptions } from './start/data-directory.ts'

export type AppOptions = {
  config: Config
  /** 32 bytes: the key of encrypted copies and of stored upstream credentials. */
  encryptionKey: Uint8Array
  log: Logger
  /** Milliseconds since the epoch. */
  clock?: () => number
  limits?: GatewayLimits
  /** Another server has taken the database: this one must end. */
  onTaken?: (message: string) => void
  /** In place of those in `config`. */
  timeouts?: UpstreamTimeouts
  realtime?: RealtimeLimits
  /** How long a reader of the ledger waits for what has just been written, in milliseconds; absent: a second. */
  settleMaxMs?: number
  /** Makes the client that sends requests to upstreams; absent: as LATCHKEY_FAST_LANE says. */
  upstreamClient?: (timeouts: UpstreamTimeouts, lookup: LookupFunction) => UpstreamClient
  /** Resolves the host names of upstreams that admins set up, and of alert channels; absent: the system's. Not used to test an upstream. */
  lookup?: LookupFunction
  /** False: alerts are evaluated and sent when a test steps them, and not by a timer. */
  alertTimer?: false
  /** In place of what the disk of the data directory says. */
  diskSpace?: ControlPlane['diskSpace']
}

/** `lost`: the disk accepted no more, and records of calls that waited in memory are lost. */
export type Stopped = { lost: boolean }

/** A server, of one process or several. */
export type LatchkeyServer = {
  /** Listens; resolves with the base URL, with the port that was given or found. */
  listen(): Promise<string>
  /** The one-time token of the setup link; null once an admin exists. */
  setupToken: string | null
  /** The model that `auto` stands for, for display. */
  defaultModel: string
  /** What `/v1` leads to, for display. */
  served: string
  /** From here on `/readyz` is 503: whoever sends calls shall send them elsewhere. Calls are still served. */
  announceStop(): void
  /** Takes no more calls, lets those in flight end for up to `graceMs`, flushes the journal and ingests it. */
  close(graceMs?: number, lingerMs?: number): Promise<Stopped>
}

export type App = LatchkeyServer & {
  server: Server
  store: Store
  ledger: Ledger
  /** Runs by itself once the server listens; a test can step it. */
  alerts: Pick<AlertRunner, 'evaluate' | 'deliver'>
  /** The same of the daily backup. */
  backups: Pick<BackupRunner, 'step'>
}

/** How long what still arrives on open connections is served when the server stops. */
export const LINGER_MS = 2_000

/** Builds everything; nothing listens yet. Rejects as openDataDirectory does. */
export async function createApp(options: AppOptions): Promise<App> {
  const { config, log, clock = Date.now } = options
  const startedAtMs = clock()
  const dataDirectory = await openDataDirectory(options, clock)
  const { store } = dataDirectory
  const { settleMaxMs } = options
  const ledger = openLedger({
    ...ledgerOptions(config, log),
    ...(settleMaxMs === undefined ? {} : { settleMaxMs }),
  })
  const objects = openBindings(store, config.objects, clock, log)
  const clientSecrets = await openClientSecrets(store, clock, log)
  const auditKeeper = keepAuditEvents(options, store, clock)
  const keyRules = createKeyRules({ store, ledger, clock, log })
  const routes = createLiveRoutes(config.upstreams, config.defaultModel)
  const follower = followRoutes(options, store, routes.replace)
  await follower.reload()
  const dataPlane = createDataPlane({
    routes,
    publicUrl: config.publicUrl,
    trustedProxies: config.trustedProxies,
    drainMs: config.drainMs,
    clientIdleMs: config.clientIdleMs,
    connectionsPerNetwork: config.connectionsPerNetwork,
    fastLane: config.fastLane,
    limits: options.limits ?? gatewayLimits(config.jsonBodyBytes, config.uploadSpoolBytes),
    spool: spoolOptions(config),
    routing: config.routing,
    capture: config.content,
    timeouts: options.timeouts ?? config.timeouts,
    realtime: options.realtime ?? { ...REALTIME_LIMITS, sessionMs: config.sessionMs },
    privateUpstreams: config.privateUpstreams,
    lookup: options.lookup,
    upstreamClient: options.upstreamClient,
    clock,
    log,
    findKey: (hash) => findKeyByHash(store, hash),
    ownKeys: (request) => controlPlane.ownKeys(request),
    rules: keyRules.admission,
    objects,
    clientSecrets,
    calls: ledger,
  })
  const { gateway } = dataPlane
  const controlPlane = createControlPlane({
    config,
    encryptionKey: options.encryptionKey,
    log,
    clock,
    startedAtMs,
    store,
    ledger,
    announceKeyChange: async (change) => {
      gateway.keys.forget(change.hashesHex)
      keyRules.announce(change)
    },
    announceSharedChange: async (change) => {
      gateway.keys.forget(change.hashesHex)
      keyRules.announceShared(change)
    },
    abortInFlightCalls: (keyIds, reason) => abortInFlightCalls(gateway.inFlight, keyIds, reason),
    announceCosts: keyRules.correctCosts,
    explainCall: keyRules.explain,
    explainShared: keyRules.explainShared,
    clientSecrets,
    prices: gateway.prices,
    announceRoutesChange: follower.reload,
    upstreamStatuses: gateway.health.statuses,
    routes,
    models: () => gateway.models.known().map((model) => model.id),
    lookup: options.lookup,
    diskSpace: options.diskSpace,
  })
  const listener = dataPlane.createListener(setClientConnections(gateway.addresses, controlPlane.handle))
  let closing: Promise<Stopped> | null = null

  async function close(graceMs: number, lingerMs: number): Promise<Stopped> {
    const untilMs = performance.now() + graceMs
    controlPlane.drain()
    await listener.stop(graceMs, lingerMs)
    await controlPlane.alerts.close()
    await controlPlane.backups.close()
    await controlPlane.recalculations.close()
    follower.close()
    await dataPlane.close()
    await objects.close()
    await clientSecrets.close()
    await auditKeeper.close()
    const lostLines = await ledger
      .close(Math.max(0, untilMs - performance.now()))
      .finally(dataDirectory.release)
    reportLostLines(log, lostLines)
    return { lost: lostLines > 0 }
  }

  return {
    server: listener.server,
    store,
    ledger,
    alerts: controlPlane.alerts,
    backups: controlPlane.backups,
    setupToken: dataDirectory.setupToken,
    defaultModel: defaultModel(routes),
    served: servedText(routes),
    async listen() {
      const url = await listener.listen(config.host, config.port)
      if (options.alertTimer !== false) controlPlane.alerts.start()
      controlPlane.backups.start()
      controlPlane.recalculations.wake()
      return url
    },
    announceStop: controlPlane.announceStop,
    close: (graceMs = config.stop.graceMs, lingerMs = LINGER_MS) => {
      closing ??= close(graceMs, Math.min(lingerMs, graceMs))
      return closing
    },
  }
}
