// Builds the whole server, as one process, from a configuration: one listener, its rooms behind it. Tests build this too.
import type { Server } from 'node:http'
import type { LookupFunction } from 'node:net'
import type { Logger } from 'pino'
import { setClientAddresses } from '../auth/client-address.ts'
import { createLaneHandler } from '../gateway/call/fast-lane-handler.ts'
import { createGatewayHandler } from '../gateway/call/gateway-handler.ts'
import { abortInFlightCalls } from '../gateway/call/in-flight-calls.ts'
import { createGateway } from '../gateway/create-gateway.ts'
import { GATEWAY_LIMITS, type GatewayLimits } from '../gateway/gateway.ts'
import { REALTIME_LIMITS, type RealtimeLimits } from '../gateway/realtime/limits.ts'
import { createRealtime } from '../gateway/realtime/realtime.ts'
import { createLiveRoutes } from '../gateway/routing/live-route-table.ts'
import { leanOverUndici } from '../http/client/h1/lean-client.ts'
import { undiciWhenNeeded } from '../http/client/lazy-undici-client.ts'
import type { UpstreamClient, UpstreamTimeouts } from '../http/client/upstream-client.ts'
import { createListener } from '../http/server/listener.ts'
import { type Ledger, openLedger } from '../ledger/ledger.ts'
import { findKeyByHash } from '../store/queries/api-keys.ts'
import type { Store } from '../store/store.ts'
import {
  createControlPlane,
  defaultModel,
  followDatabase,
  ledgerOptions,
  openDataDirectory,
} from './control-plane.ts'
import { createKeyRules } from './key-rules.ts'
import { routeRequests } from './request-router.ts'
import type { Config } from './settings/config.ts'

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
  /** How long whoever reads the ledger waits for what has just been written, in milliseconds; absent: a second. */
  settleMaxMs?: number
  /** Makes the client that carries calls to upstreams; absent: as LATCHKEY_FAST_LANE says. */
  upstreamClient?: (timeouts: UpstreamTimeouts, lookup: LookupFunction) => UpstreamClient
  /** Finds the addresses of upstreams that admins set up; absent: the system's. Calls alone use it. */
  lookup?: LookupFunction
}

/** A server, in however many processes. */
export type LatchkeyServer = {
  /** Listens and answers the base URL, with the port that was given or found. */
  listen(): Promise<string>
  /** The one-time token of the setup link; null once an admin exists. */
  setupToken: string | null
  /** The model that `auto` stands for, as it may be shown. */
  defaultModel: string
  /** Stops taking calls, lets those under way finish for up to `graceMs`, and writes what is left to the ledger. */
  close(graceMs?: number): Promise<void>
}

export type App = LatchkeyServer & { server: Server; store: Store; ledger: Ledger }

/** How long calls under way are given when the server stops. */
export const GRACE_MS = 30_000

/** Builds everything; nothing listens yet. Rejects as takeGround does. */
export async function createApp(options: AppOptions): Promise<App> {
  const { config, log, clock = Date.now } = options
  const startedAtMs = clock()
  const dataDirectory = await openDataDirectory(config, clock)
  const { store } = dataDirectory
  const { settleMaxMs } = options
  const ledger = openLedger({
    ...ledgerOptions(config, log),
    ...(settleMaxMs === undefined ? {} : { settleMaxMs }),
  })
  const keyRules = createKeyRules({ store, ledger, clock, log })
  const routes = createLiveRoutes(config.upstreams, config.defaultModel)
  const models = followDatabase(options, store, routes.replace)
  await models.reload()
  const gateway = createGateway({
    routes,
    trustedProxies: config.trustedProxies,
    drainMs: config.drainMs,
    clientIdleMs: config.clientIdleMs,
    limits: options.limits ?? GATEWAY_LIMITS,
    routing: config.routing,
    capture: config.content,
    timeouts: options.timeouts ?? config.timeouts,
    privateUpstreams: config.privateUpstreams,
    lookup: options.lookup,
    upstreamClient: options.upstreamClient ?? (config.fastLane ? leanOverUndici : undiciWhenNeeded),
    clock,
    findKey: (hash) => findKeyByHash(store, hash),
    rules: keyRules.admission,
    calls: ledger,
    onInternalError: (error, requestId) =>
      log.error({ err: error, requestId }, 'a call failed inside the gateway'),
  })
  const control = createControlPlane({
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
    abortInFlightCalls: (keyId, reason) => abortInFlightCalls(gateway.inFlight, keyId, reason),
    explainCall: keyRules.explain,
    prices: gateway.prices,
    announceRoutesChange: models.reload,
    upstreamStatuses: gateway.health.statuses,
    routes,
    models: () => gateway.models.known().map((model) => model.id),
  })
  const realtime = createRealtime(gateway, options.realtime ?? REALTIME_LIMITS)
  const listener = createListener(
    routeRequests(createGatewayHandler(gateway), setClientAddresses(gateway.addresses, control.handle)),
    realtime,
    config.clientIdleMs,
    config.fastLane ? createLaneHandler(gateway) : null,
  )
  let closing: Promise<void> | null = null

  return {
    server: listener.server,
    store,
    ledger,
    setupToken: dataDirectory.setupToken,
    defaultModel: defaultModel(routes),
    listen: () => listener.listen(config.host, config.port),
    close: (graceMs = GRACE_MS) => {
      closing ??= (async () => {
        control.drain()
        await Promise.all([listener.stop(graceMs), realtime.close(graceMs)])
        models.close()
        await gateway.client.close()
        await gateway.estimator.close()
        await ledger.close().finally(dataDirectory.release)
      })()
      return closing
    },
  }
}
