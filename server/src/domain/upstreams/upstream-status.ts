// What is known against an upstream, as its admin is told.
import type { FailureClass } from './failure-class.ts'

/** CLOSED: it is asked. OPEN: it is left alone. HALF_OPEN: a call tries whether it is well again. The best first. */
export const BREAKER_STATES = ['CLOSED', 'HALF_OPEN', 'OPEN'] as const
export type BreakerState = (typeof BREAKER_STATES)[number]

/** Of an upstream that is well there is none. Instants are milliseconds since the epoch. */
export type UpstreamStatus = {
  /** Null for one of the environment, which goes by its name. */
  upstreamId: number | null
  upstream: string
  breaker: BreakerState
  /** From when on a circuit that is not closed is tried; null while it is. */
  retryAtMs: number | null
  /** The latest failure; null where only credentials rest. */
  failure: FailureClass | null
  coolingDown: CredentialCooldown[]
}

/** A credential that is not sent until then. */
export type CredentialCooldown = {
  /** Null where the upstream has none, or is of the environment. */
  credentialId: number | null
  /** Null: for every model. */
  upstreamModel: string | null
  untilMs: number
  reason: FailureClass
}

/** What several processes know, each of its own calls, as one: the worst state of each circuit, and every rest to its end. */
export function mergeStatuses(known: readonly UpstreamStatus[], nowMs: number): UpstreamStatus[] {
  const merged = new Map<number | string, UpstreamStatus>()
  for (const upstreamStatus of known) {
    const key = upstreamStatus.upstreamId ?? upstreamStatus.upstream
    const before = merged.get(key)
    merged.set(
      key,
      before === undefined
        ? { ...upstreamStatus, coolingDown: [...upstreamStatus.coolingDown] }
        : worse(before, upstreamStatus),
    )
  }
  return [...merged.values()].map((upstreamStatus) => ({
    ...upstreamStatus,
    coolingDown: latest(upstreamStatus.coolingDown, nowMs),
  }))
}

function worse(a: UpstreamStatus, b: UpstreamStatus): UpstreamStatus {
  const [bad, other] = BREAKER_STATES.indexOf(b.breaker) > BREAKER_STATES.indexOf(a.breaker) ? [b, a] : [a, b]
  return { ...bad, failure: bad.failure ?? other.failure, coolingDown: [...a.coolingDown, ...b.coolingDown] }
}

function latest(cooldowns: readonly CredentialCooldown[], nowMs: number): CredentialCooldown[] {
  const byWhat = new Map<string, CredentialCooldown>()
  for (const rest of cooldowns) {
    const key = JSON.stringify([rest.credentialId, rest.upstreamModel])
    if (rest.untilMs > Math.max(nowMs, byWhat.get(key)?.untilMs ?? 0)) byWhat.set(key, rest)
  }
  return [...byWhat.values()]
}
