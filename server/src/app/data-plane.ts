// The data plane of one process, for a single process and a worker alike: gateway, realtime, fast lane and public listener.
import type { RequestListener } from 'node:http'
import type { Logger } from 'pino'
import { addressTest } from '../domain/policy/input/address-list.ts'
import { MINUTE_MS } from '../domain/time.ts'
import { createLaneHandler } from '../gateway/call/fast-lane-handler.ts'
import { createGatewayHandler } from '../gateway/call/gateway-handler.ts'
import { interruptInFlightCalls } from '../gateway/call/in-flight-calls.ts'
import { createGateway, type GatewayParts } from '../gateway/create-gateway.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { RealtimeLimits } from '../gateway/realtime/limits.ts'
import { createRealtime } from '../gateway/realtime/realtime.ts'
import { leanOverUndici } from '../http/client/h1/lean-client.ts'
import { undiciWhenNeeded } from '../http/client/lazy-undici-client.ts'
import type { ConnectionBound } from '../http/server/connection-bound.ts'
import { createListener, type Listener } from '../http/server/listener.ts'
import { routeRequests } from './request-router.ts'
import { createTransportLog } from './transport-log.ts'

export type DataPlaneOptions = Omit<
  GatewayParts,
  'upstreamClient' | 'onInternalError' | 'onTransportFailure'
> & {
  /** Whether calls of the usual shape go through the fast lane and the lean client; false: none does. */
  fastLane: boolean
  /** The most open connections of one network; null: any number. */
  connectionsPerNetwork: number | null
  realtime: RealtimeLimits
  /** Makes the client that sends requests to upstreams; absent: as `fastLane` says. */
  upstreamClient?: GatewayParts['upstreamClient'] | undefined
  log: Logger
}

export type DataPlane = {
  gateway: Gateway
  /**
   * Makes the public listener: requests under /v1 go to the gateway, all others to `handleOther`. Nothing listens yet. Its
   * `stop` closes realtime sessions too.
   */
  createListener(handleOther: RequestListener): Omit<Listener, 'stop'> & {
    stop(graceMs: number, lingerMs: number): Promise<void>
  }
  /** Closes connections to upstreams, and ends the estimator's thread; to be called once the listener has stopped. */
  close(): Promise<void>
}

/** Builds the gateway of this process; it serves nothing before its listener listens. */
export function createDataPlane(options: DataPlaneOptions): DataPlane {
  const { fastLane, log } = options
  const gateway = createGateway({
    ...options,
    upstreamClient: options.upstreamClient ?? (fastLane ? leanOverUndici : undiciWhenNeeded),
    onTransportFailure: createTransportLog(log),
    onInternalError: (error, requestId) =>
      log.error({ err: error, requestId }, 'a call failed inside the gateway'),
  })
  const realtime = createRealtime(gateway, options.realtime)
  return {
    gateway,
    createListener(handleOther) {
      const listener = createListener(
        routeRequests(createGatewayHandler(gateway), handleOther),
        realtime,
        options.clientIdleMs,
        fastLane ? createLaneHandler(gateway) : null,
        boundOf(options, gateway),
      )
      return {
        ...listener,
        async stop(graceMs, lingerMs) {
          const interrupt = () => interruptInFlightCalls(gateway.inFlight)
          await Promise.all([listener.stop({ graceMs, lingerMs, interrupt }), realtime.close(graceMs)])
        },
      }
    },
    async close() {
      await gateway.client.close()
      await gateway.estimator.close()
    },
  }
}

// A flood is one line in a minute.
const REFUSED_LOG_MS = MINUTE_MS

/** The addresses of this machine and of trusted proxies stand for many clients. */
function boundOf({ connectionsPerNetwork, log }: DataPlaneOptions, gateway: Gateway): ConnectionBound | null {
  if (connectionsPerNetwork === null) return null
  const isOwn = addressTest(['127.0.0.0/8', '::1'])
  let loggedMs = Number.NEGATIVE_INFINITY
  return {
    perNetwork: connectionsPerNetwork,
    isExempt: (address) => isOwn(address) || gateway.addresses.trusts(address),
    onRefused(address) {
      const nowMs = performance.now()
      if (nowMs - loggedMs < REFUSED_LOG_MS) return
      loggedMs = nowMs
      log.warn(
        { address, connectionsPerNetwork },
        'connections of a network were closed: it has as many open as LATCHKEY_CONNECTIONS_PER_NETWORK allows',
      )
    },
  }
}
