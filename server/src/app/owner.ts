// Builds the server as several processes: this one, the owner, has the data directory, the database and the control plane; its
// workers share the public port and serve the gateway.
import { lookup } from 'node:dns'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { WorkerSetup } from '../cluster/protocol.ts'
import { receiveRelayed } from '../cluster/relayed-request.ts'
import { createWorkers } from '../cluster/workers.ts'
import { checkedLookup } from '../domain/upstreams/upstream-address.ts'
import type { UpstreamStatus } from '../domain/upstreams/upstream-status.ts'
import { openClientSecrets } from '../gateway/client-secrets/open-client-secrets.ts'
import { withEcho } from '../gateway/echo/echo-client.ts'
import { gatewayLimits } from '../gateway/gateway.ts'
import { openBindings } from '../gateway/objects/open-bindings.ts'
import { createPriceBook } from '../gateway/pricing/price-book.ts'
import { REALTIME_LIMITS } from '../gateway/realtime/limits.ts'
import { createLiveRoutes } from '../gateway/routing/live-route-table.ts'
import { createModelList } from '../gateway/routing/model-list.ts'
import { type ManagedModels, NO_MODELS } from '../gateway/routing/route-snapshot.ts'
import { undiciWhenNeeded } from '../http/client/lazy-undici-client.ts'
import { baseUrl } from '../http/server/listener.ts'
import { openSharedLedger } from '../ledger/shared-ledger.ts'
import { workersLock } from '../store/owner-lock.ts'
import { findKeyByHash } from '../store/queries/api-keys.ts'
import { keepAuditEvents } from './audit-upkeep.ts'
import { createControlPlane, defaultModel, servedText } from './control-plane.ts'
import { type AppOptions, type LatchkeyServer, LINGER_MS, type Stopped } from './create-app.ts'
import { followRoutes } from './follow-routes.ts'
import { createKeyRules } from './key-rules.ts'
import { ledgerOptions } from './ledger-options.ts'
import type { Config } from './settings/config.ts'
import { journalFolder, openDataDirectory, spoolOptions } from './start/data-directory.ts'

/** Builds the owner; no worker is forked and nothing listens yet. Rejects as openDataDirectory does. */
export async function createOwner(options: AppOptions): Promise<LatchkeyServer> {
  const { config, log, clock = Date.now, timeouts = options.config.timeouts } = options
  const startedAtMs = clock()
  const dataDirectory = await openDataDirectory(options, clock)
  const { store } = dataDirectory
  const ledger = openSharedLedger(ledgerOptions(config, log))
  const objects = openBindings(store, config.objects, clock, log)
  const clientSecrets = await openClientSecrets(store, clock, log)
  const auditKeeper = keepAuditEvents(options, store, clock)
  const keyRules = createKeyRules({ store, ledger, clock, log })
  // For the console; each worker has a model list of its own.
  const client = withEcho(undiciWhenNeeded(timeouts, checkedLookup(config, options.lookup ?? lookup)), clock)
  const routes = createLiveRoutes(config.upstreams, config.defaultModel)
  const models = createModelList(routes, client, clock)
  let managed: ManagedModels = NO_MODELS
  const follower = followRoutes(options, store, async (fresh) => {
    managed = fresh
    routes.replace(fresh)
    await workers.replaceModels(fresh)
  })
  // Per worker, the upstreams that it does not use as usual, as of its last report.
  const statuses = new Map<string, UpstreamStatus[]>()
  let port = config.port
  const setup = (): WorkerSetup => ({
    runId: ledger.nextRunId(),
    journalFolder: journalFolder(config),
    host: config.host,
    port,
    ownerSocket: relayedRequests.socketPath,
    upstreams: config.upstreams,
    privateUpstreams: config.privateUpstreams,
    defaultModel: config.defaultModel,
    managed,
    publicUrl: config.publicUrl,
    trustedProxies: config.trustedProxies,
    drainMs: config.drainMs,
    clientIdleMs: config.clientIdleMs,
    connectionsPerNetwork: config.connectionsPerNetwork,
    fastLane: config.fastLane,
    limits: options.limits ?? gatewayLimits(config.jsonBodyBytes, config.uploadSpoolBytes),
    spool: spoolOptions(config),
    routing: config.routing,
    capture: { capture: config.content.capture, maxBytes: config.content.maxBytes },
    timeouts,
    realtime: options.realtime ?? { ...REALTIME_LIMITS, sessionMs: config.sessionMs },
  })
  const workers = createWorkers({
    count: config.workers,
    entry: { module: join(import.meta.dirname, 'worker-main.ts'), argument: workersLock(config.dataDir) },
    setup,
    findKey: (hash) => findKeyByHash(store, hash),
    ownKeys: (request) => controlPlane.ownKeys(request),
    rules: keyRules.admission,
    objects,
    clientSecrets,
    onReport: (runId, { lines, dropped, journal, statuses: upstreamStatuses }) => {
      statuses.set(runId, upstreamStatuses)
      ledger.take(runId, lines, journal)
      if (dropped > 0)
        log.warn({ dropped }, 'the live tail and the metrics miss records; the ledger has all of them')
    },
    onWorkerExit: (runId) => {
      statuses.delete(runId)
      ledger.ended(runId)
    },
    log,
  })
  const controlPlane = createControlPlane({
    config,
    encryptionKey: options.encryptionKey,
    log,
    clock,
    startedAtMs,
    store,
    ledger,
    announceKeyChange: async (change) => {
      await workers.forgetKey(change.hashesHex)
      keyRules.announce(change)
    },
    announceSharedChange: async (change) => {
      await workers.forgetKey(change.hashesHex)
      keyRules.announceShared(change)
    },
    abortInFlightCalls: workers.abortInFlightCalls,
    announceCosts: keyRules.correctCosts,
    explainCall: keyRules.explain,
    explainShared: keyRules.explainShared,
    clientSecrets,
    prices: createPriceBook(clock, (error) =>
      log.error({ err: error }, 'the price catalog cannot be loaded'),
    ),
    announceRoutesChange: follower.reload,
    upstreamStatuses: () => [...statuses.values()].flat(),
    routes,
    models: () => {
      // Refreshes the lists of upstreams that are old; the next reader gets the new ones.
      void models.list()
      return models.known().map((model) => model.id)
    },
    lookup: options.lookup,
    diskSpace: options.diskSpace,
  })
  const relayedRequests = receiveRelayed(controlPlane.handle)
  controlPlane.metrics.watchWorkers(workers.state)
  await follower.reload()
  let closing: Promise<Stopped> | null = null

  async function close(graceMs: number, lingerMs: number): Promise<Stopped> {
    controlPlane.drain()
    follower.close()
    const failed = await workers.stop(graceMs, lingerMs)
    await relayedRequests.close()
    await controlPlane.alerts.close()
    await controlPlane.backups.close()
    await controlPlane.recalculations.close()
    await client.close()
    await objects.close()
    await clientSecrets.close()
    await auditKeeper.close()
    await ledger.close().finally(dataDirectory.release)
    return { lost: failed > 0 }
  }

  return {
    setupToken: dataDirectory.setupToken,
    defaultModel: defaultModel(routes),
    served: servedText(routes),
    async listen() {
      port = await freePort(config)
      await relayedRequests.listen()
      await workers.start()
      controlPlane.alerts.start()
      controlPlane.backups.start()
      controlPlane.recalculations.wake()
      return baseUrl(config.host, port)
    },
    announceStop: controlPlane.announceStop,
    close: (graceMs = config.stop.graceMs, lingerMs = LINGER_MS) => {
      closing ??= close(graceMs, Math.min(lingerMs, graceMs))
      return closing
    },
  }
}

/** The port that all workers will share. Rejects where it cannot be bound: the owner's error names the cause, a worker's would not. */
function freePort({ host, port }: Config): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(port, host, () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port))
    })
  })
}
