// What this process knows against upstreams and credentials: circuits that are open, credentials that rest.
//
// Owner: the gateway. Key: what an upstream is reached by, and of a credential what is sent, so that a new table of routes
// changes nothing and a new secret begins anew; and the model, where a provider counts calls by model. Bound: KEPT_MAX of each,
// the newest. Lifetime: a circuit until a call succeeds, or nothing is heard of it for FORGOTTEN_MS; a rest its time. Nothing
// is kept of what is well, so that a call pays one look at `quiet`.
import { createHash } from 'node:crypto'
import { type FailureClass, REMEDIES } from '../../domain/upstreams/failure-class.ts'
import { headersOf, type Upstream } from '../../domain/upstreams/upstream.ts'
import type { CredentialRest, UpstreamTrouble } from '../../domain/upstreams/upstream-status.ts'
import { type Breaker, createBreaker } from './circuit-breaker.ts'
import type { Route } from './route-table.ts'

const KEPT_MAX = 10_000
const FORGOTTEN_MS = 10 * 60_000

/** How a way stands. `readyAtMs`: from when on it may be gone, milliseconds since the epoch; 0: it may. */
export type Standing = {
  kind: 'ready' | 'resting' | 'in-trouble' | 'silent'
  readyAtMs: number
}

export type RouteHealth = {
  /** True while nothing is known against anything. */
  readonly quiet: boolean
  standing(route: Route): Standing
  /** A call is sent this way. */
  began(route: Route): void
  /** The upstream has answered, with anything but trouble of its own. */
  answered(route: Route): void
  /** `adviceMs`: how long the upstream asks to be left alone, where it does. */
  failed(route: Route, failure: FailureClass, adviceMs: number | null): void
  troubles(): UpstreamTrouble[]
}

export type RouteHealthOptions = {
  /** Milliseconds since the epoch. */
  clock: () => number
  /** Failures in a row after which a circuit opens; 0: none ever does. */
  breakerFailures: number
}

const READY: Standing = { kind: 'ready', readyAtMs: 0 }

type Circuit = {
  breaker: Breaker
  upstream: Upstream
  failure: FailureClass
  heardAtMs: number
}

type Rest = CredentialRest & { upstream: Upstream }

export function createRouteHealth({ clock, breakerFailures }: RouteHealthOptions): RouteHealth {
  const circuits = new Map<string, Circuit>()
  const rests = new Map<string, Rest>()
  // cockatiel, loaded with the first failure: a gateway whose upstreams are well does without its 4 MB.
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
      // Without the library no circuit opens, and every call finds out for itself.
      loading = null
    } finally {
      pending--
    }
  }

  function noteAnswer(upstream: Upstream): void {
    if (circuits.size > 0) circuits.get(keysOf(upstream).upstream)?.breaker.succeeded()
  }

  function rest(route: Route, failure: FailureClass, ms: number): void {
    const { upstream, model } = route
    const ofModel = REMEDIES[failure].rests === 'model'
    const untilMs = clock() + ms
    const keys = keysOf(upstream)
    forgetOld(rests, (old) => old.untilMs <= clock())
    const key = ofModel ? `${keys.credential} ${model}` : keys.credential
    // A later failure without advice does not shorten what was advised.
    if ((rests.get(key)?.untilMs ?? 0) >= untilMs) return
    rests.set(key, {
      upstream,
      credentialId: upstream.settings?.credentialId ?? null,
      upstreamModel: ofModel ? model : null,
      untilMs,
      reason: failure,
    })
  }

  function restingUntilMs({ upstream, model }: Route): number {
    const { credential } = keysOf(upstream)
    let untilMs = 0
    for (const key of [credential, `${credential} ${model}`]) {
      const found = rests.get(key)
      if (found === undefined) continue
      if (found.untilMs <= clock()) rests.delete(key)
      else untilMs = Math.max(untilMs, found.untilMs)
    }
    return untilMs
  }

  return {
    get quiet() {
      return circuits.size === 0 && rests.size === 0 && pending === 0
    },
    standing(route) {
      const untilMs = rests.size === 0 ? 0 : restingUntilMs(route)
      if (untilMs > 0) return { kind: 'resting', readyAtMs: untilMs }
      const circuit = circuits.get(keysOf(route.upstream).upstream)
      if (circuit === undefined || circuit.breaker.readyAtMs <= Date.now()) return READY
      const kind = REMEDIES[circuit.failure].upstream === 'silent' ? 'silent' : 'in-trouble'
      return { kind, readyAtMs: circuit.breaker.readyAtMs }
    },
    began({ upstream }) {
      circuits.get(keysOf(upstream).upstream)?.breaker.began()
    },
    answered: ({ upstream }) => noteAnswer(upstream),
    failed(route, failure, adviceMs) {
      const remedy = REMEDIES[failure]
      const ms = remedy.restMs === null && failure !== 'SERVER_ERROR' ? null : (adviceMs ?? remedy.restMs)
      if (ms !== null) rest(route, failure, ms)
      if (remedy.upstream === 'alive') noteAnswer(route.upstream)
      else if (breakerFailures > 0) void noteFailure(route.upstream, failure)
    },
    troubles() {
      const byUpstream = new Map<string, UpstreamTrouble>()
      const troubleOf = (upstream: Upstream): UpstreamTrouble => {
        const key = keysOf(upstream).upstream
        const known = byUpstream.get(key)
        if (known !== undefined) return known
        const trouble: UpstreamTrouble = {
          upstreamId: upstream.settings?.upstreamId ?? null,
          upstream: upstream.name,
          breaker: 'CLOSED',
          retryAtMs: null,
          failure: null,
          resting: [],
        }
        byUpstream.set(key, trouble)
        return trouble
      }
      for (const { breaker, upstream, failure } of circuits.values()) {
        const { state, readyAtMs } = breaker
        Object.assign(troubleOf(upstream), {
          breaker: state,
          retryAtMs: state === 'CLOSED' ? null : readyAtMs,
          failure,
        })
      }
      const nowMs = clock()
      for (const { upstream, ...told } of rests.values()) {
        if (told.untilMs > nowMs) troubleOf(upstream).resting.push(told)
      }
      return [...byUpstream.values()]
    },
  }
}

/** Makes room for one more: what is old goes, and where nothing is, the oldest. */
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
