// Upstream health in this process: circuit breakers that are open, credentials in cooldown.
//
// Owner: the gateway. Key: what an upstream is reached by, and of a credential what is sent, so that a new table of routes
// changes nothing and a new secret starts with no history; and the model, where a provider counts calls by model. Bound: KEPT_MAX of each,
// the newest. Lifetime: a circuit until a call succeeds, or it is not used for FORGOTTEN_MS; a cooldown until it ends. Nothing
// is kept of what is healthy, so that a call pays one look at `quiet`.
import { createHash } from 'node:crypto'
import { FAILURE_POLICIES, type FailureClass } from '../../domain/upstreams/failure-class.ts'
import { headersOf, type Upstream } from '../../domain/upstreams/upstream.ts'
import type { CredentialCooldown, UpstreamStatus } from '../../domain/upstreams/upstream-status.ts'
import { type Breaker, createBreaker } from './circuit-breaker.ts'
import type { Route } from './route-table.ts'

const KEPT_MAX = 10_000
const FORGOTTEN_MS = 10 * 60_000

/** The status of a route. `readyAtMs`: from when it may be tried, milliseconds since the epoch; 0: now. */
export type RouteStatus = {
  kind: 'ready' | 'cooling-down' | 'degraded' | 'unreachable'
  readyAtMs: number
}

export type RouteHealth = {
  /** True while no circuit is open and nothing is cooling down. */
  readonly quiet: boolean
  routeStatus(route: Route): RouteStatus
  /** An attempt of this route begins. */
  began(route: Route): void
  /** The upstream has responded, with anything but a failure of its own. */
  succeeded(route: Route): void
  /** `adviceMs`: the cooldown that the upstream requests (Retry-After), where it does. */
  failed(route: Route, failure: FailureClass, adviceMs: number | null): void
  statuses(): UpstreamStatus[]
}

export type RouteHealthOptions = {
  /** Milliseconds since the epoch. */
  clock: () => number
  /** Failures in a row after which a circuit opens; 0: none ever does. */
  breakerFailures: number
}

const READY: RouteStatus = { kind: 'ready', readyAtMs: 0 }

type Circuit = {
  breaker: Breaker
  upstream: Upstream
  failure: FailureClass
  heardAtMs: number
}

type Cooldown = CredentialCooldown & { upstream: Upstream }

/** Empty: every upstream is taken for healthy until a call has failed. */
export function createRouteHealth({ clock, breakerFailures }: RouteHealthOptions): RouteHealth {
  const circuits = new Map<string, Circuit>()
  const cooldowns = new Map<string, Cooldown>()
  // cockatiel, loaded with the first failure: a gateway whose upstreams are healthy does not need its 4 MB.
  let loading: Promise<typeof import('cockatiel')> | null = null
  let pending = 0

  function circuitOf(
    cockatiel: typeof import('cockatiel'),
    upstream: Upstream,
    failure: FailureClass,
  ): Circuit {
    const key = keysOf(upstream).upstream
    const heardAtMs = clock()
    const known = circuits.get(key)
    if (known !== undefined) return Object.assign(known, { upstream, failure, heardAtMs })
    const breaker = createBreaker(cockatiel, breakerFailures, () => circuits.delete(key))
    const circuit = { breaker, upstream, failure, heardAtMs }
    forgetOld(circuits, ({ heardAtMs: atMs }) => atMs + FORGOTTEN_MS <= heardAtMs)
    circuits.set(key, circuit)
    return circuit
  }

  async function noteFailure(upstream: Upstream, failure: FailureClass): Promise<void> {
    pending++
    try {
      loading ??= import('cockatiel')
      circuitOf(await loading, upstream, failure).breaker.failed()
    } catch {
      // Without the library no circuit opens, and every call makes its own attempt.
      loading = null
    } finally {
      pending--
    }
  }

  function noteResponse(upstream: Upstream): void {
    if (circuits.size > 0) circuits.get(keysOf(upstream).upstream)?.breaker.succeeded()
  }

  function coolDown(route: Route, failure: FailureClass, ms: number): void {
    const { upstream, model } = route
    const ofModel = FAILURE_POLICIES[failure].cooldownScope === 'model'
    const untilMs = clock() + ms
    const keys = keysOf(upstream)
    forgetOld(cooldowns, (old) => old.untilMs <= clock())
    const key = ofModel ? `${keys.credential} ${model}` : keys.credential
    // A later failure without advice does not shorten what was advised.
    if ((cooldowns.get(key)?.untilMs ?? 0) >= untilMs) return
    cooldowns.set(key, {
      upstream,
      credentialId: upstream.settings?.credentialId ?? null,
      upstreamModel: ofModel ? model : null,
      untilMs,
      reason: failure,
    })
  }

  function coolingDownUntilMs({ upstream, model }: Route): number {
    const { credential } = keysOf(upstream)
    let untilMs = 0
    for (const key of [credential, `${credential} ${model}`]) {
      const found = cooldowns.get(key)
      if (found === undefined) continue
      if (found.untilMs <= clock()) cooldowns.delete(key)
      else untilMs = Math.max(untilMs, found.untilMs)
    }
    return untilMs
  }

  return {
    get quiet() {
      return circuits.size === 0 && cooldowns.size === 0 && pending === 0
    },
    routeStatus(route) {
      const untilMs = cooldowns.size === 0 ? 0 : coolingDownUntilMs(route)
      if (untilMs > 0) return { kind: 'cooling-down', readyAtMs: untilMs }
      const circuit = circuits.get(keysOf(route.upstream).upstream)
      if (circuit === undefined || circuit.breaker.readyAtMs <= Date.now()) return READY
      const kind = FAILURE_POLICIES[circuit.failure].upstream === 'unreachable' ? 'unreachable' : 'degraded'
      return { kind, readyAtMs: circuit.breaker.readyAtMs }
    },
    began({ upstream }) {
      circuits.get(keysOf(upstream).upstream)?.breaker.began()
    },
    succeeded: ({ upstream }) => noteResponse(upstream),
    failed(route, failure, adviceMs) {
      const policy = FAILURE_POLICIES[failure]
      const ms =
        policy.cooldownMs === null && failure !== 'SERVER_ERROR' ? null : (adviceMs ?? policy.cooldownMs)
      if (ms !== null) coolDown(route, failure, ms)
      if (policy.upstream === 'alive') noteResponse(route.upstream)
      else if (breakerFailures > 0) void noteFailure(route.upstream, failure)
    },
    statuses() {
      const byUpstream = new Map<string, UpstreamStatus>()
      const statusOf = (upstream: Upstream): UpstreamStatus => {
        const key = keysOf(upstream).upstream
        const known = byUpstream.get(key)
        if (known !== undefined) return known
        const upstreamStatus: UpstreamStatus = {
          upstreamId: upstream.settings?.upstreamId ?? null,
          upstream: upstream.name,
          breaker: 'CLOSED',
          retryAtMs: null,
          failure: null,
          coolingDown: [],
        }
        byUpstream.set(key, upstreamStatus)
        return upstreamStatus
      }
      for (const { breaker, upstream, failure } of circuits.values()) {
        const { state, readyAtMs } = breaker
        Object.assign(statusOf(upstream), {
          breaker: state,
          retryAtMs: state === 'CLOSED' ? null : readyAtMs,
          failure,
        })
      }
      const nowMs = clock()
      for (const { upstream, ...cooldown } of cooldowns.values()) {
        if (cooldown.untilMs > nowMs) statusOf(upstream).coolingDown.push(cooldown)
      }
      return [...byUpstream.values()]
    },
  }
}

/** Makes room for one more: removes what is old, or else the oldest. */
function forgetOld<Value>(map: Map<string, Value>, isOld: (value: Value) => boolean): void {
  for (const [key, value] of map) if (isOld(value)) map.delete(key)
  const [oldest] = map.keys()
  if (map.size >= KEPT_MAX && oldest !== undefined) map.delete(oldest)
}

type Keys = { upstream: string; credential: string }

// Owner: this module. Key: the upstream's object, which is never changed. Bound and lifetime: those of the objects.
const keys = new WeakMap<Upstream, Keys>()

function keysOf(upstream: Upstream): Keys {
  let found = keys.get(upstream)
  if (found === undefined) {
    const { name, baseUrl, settings } = upstream
    const reached = JSON.stringify([settings?.upstreamId ?? name, baseUrl, settings?.proxyUrl ?? null])
    const sent = createHash('sha256')
      .update(JSON.stringify(headersOf(upstream)))
      .digest('base64url')
    found = { upstream: reached, credential: `${reached} ${sent}` }
    keys.set(upstream, found)
  }
  return found
}
