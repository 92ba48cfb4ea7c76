// The health of an upstream as its admin sees it: the state of its circuit breaker, and which credentials are cooling down.
import type { FailureClass } from './failure-class.ts'

/** CLOSED: calls go there. OPEN: none do. HALF_OPEN: one call tests whether it has recovered. The best first. */
export const BREAKER_STATES = ['CLOSED', 'HALF_OPEN', 'OPEN'] as const
export type BreakerState = (typeof BREAKER_STATES)[number]

/** A healthy upstream has none. Instants are milliseconds since the epoch. */
export type UpstreamStatus = {
  /** Null for one of the environment, which is identified by its name. */
  upstreamId: number | null
  upstream: string
  breaker: BreakerState
  /** From when on calls test a breaker that is not closed; null for a closed one. */
  retryAtMs: number | null
  /** The class of the latest failure; null where only credentials are cooling down. */
  failure: FailureClass | null
  coolingDown: CredentialCooldown[]
}

/** A credential that is not used until an instant. */
export type CredentialCooldown = {
  /** Null where the upstream has none, or is of the environment. */
  credentialId: number | null
  /** Null: for every model. */
  upstreamModel: string | null
  untilMs: number
  reason: FailureClass
}

/** Merges what several processes know of their own calls: the worst state of each breaker, the latest end of each cooldown. */
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
  const byScope = new Map<string, CredentialCooldown>()
  for (const cooldown of cooldowns) {
    const key = JSON.stringify([cooldown.credentialId, cooldown.upstreamModel])
    if (cooldown.untilMs > Math.max(nowMs, byScope.get(key)?.untilMs ?? 0)) byScope.set(key, cooldown)
  }
  return [...byScope.values()]
}
