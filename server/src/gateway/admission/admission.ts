// Decides on calls by their key's policy, and keeps what the keys have used: exact at any number of calls at once.
//
// Owner: the gateway. Key: the API key's number. Bound: KEYS_MAX keys; beyond it those accounts are removed that were not used since the
// last look and have no in-flight calls, so that only in-flight calls can keep more. Lifetime: a key stays until then; what
// it used is loaded from the ledger when it is first seen, and counted here from then on. Invalidation: `announce`, or a
// call that comes with a newer revision of the policy; counts that both policies have go on.

import type { CompiledPolicy } from '../../domain/policy/compile-policy.ts'
import { amountOf, counterVerdict, refuseCount } from '../../domain/policy/counter.ts'
import type { DenialHelp } from '../../domain/policy/denial.ts'
import { type RateLimits, rateLimitsOf } from '../../domain/policy/rate-limits.ts'
import { concurrencyVerdict, fixedVerdict } from '../../domain/policy/rule-verdicts.ts'
import type { AdmissionRequest, Verdict } from '../../domain/policy/verdict.ts'
import { KeyAccount, NO_POLICY } from './key-account.ts'
import type { AdmissionDependencies, Reservation } from './reservation.ts'

/** A key as admission sees it. `policy` null: unrestricted. */
export type GovernedKey = {
  id: number
  policy: CompiledPolicy | null
  /** Grows with each change of the policy, so that an older copy of the key does not bring an older policy back. */
  revision: number
  /** Sent with every denial; absent: nothing. */
  help?: DenialHelp | null
}

export type Denial = { admitted: false; verdict: Verdict; shadow: readonly Verdict[]; limits: RateLimits }

export type Admission = {
  /**
   * Admits or denies a call. Synchronous for a key in memory; the first calls of a key wait together for one load.
   * Rejects where that fails, and the next call tries again.
   */
  admit(key: GovernedKey, request: AdmissionRequest): Reservation | Denial | Promise<Reservation | Denial>
  /** The verdict of every rule on a call, with what remains, in the order in which they are applied. Reserves nothing. */
  explain(key: GovernedKey, request: AdmissionRequest): Promise<Verdict[]>
  /** To be called after every committed change to a key's policy. Without a policy, its counts are forgotten. */
  announce(key: GovernedKey): void
  /** Keys in memory, for a gauge. */
  size(): number
}

const KEYS_MAX = 100_000
const NO_VERDICTS: readonly Verdict[] = []
const NO_LIMITS: RateLimits = { requests: null, tokens: null }
const UNLIMITED: Reservation = {
  admitted: true,
  shadow: NO_VERDICTS,
  limits: NO_LIMITS,
  costNanoUsd: 0,
  charge: () => null,
  settle() {},
  release() {},
}

export function createAdmission(dependencies: AdmissionDependencies): Admission {
  const { clock, keysMax = KEYS_MAX } = dependencies
  const accounts = new Map<number, KeyAccount>()

  /** The key's account, ready for its policy; or the load that it waits for. */
  function accountOf(key: GovernedKey, policy: CompiledPolicy): KeyAccount | Promise<void> {
    const known = accounts.get(key.id)
    if (known !== undefined && known.revision >= key.revision) {
      known.touched = true
      return known.loading ?? known
    }
    if (known === undefined) makeRoom()
    const account = known ?? new KeyAccount(key.id, dependencies)
    accounts.set(key.id, account)
    const loading = account.follow(policy, key.revision)
    if (loading === null) return account
    return loading.catch((error: unknown) => {
      // Nothing is known of it: it must not stay as an account without counts.
      if (!account.ready && accounts.get(key.id) === account) accounts.delete(key.id)
      throw error
    })
  }

  function makeRoom(): void {
    // Looks at each account twice at most: the first look clears `touched`, the next one removes the account.
    for (let looks = accounts.size * 2; accounts.size >= keysMax && looks > 0; looks--) {
      const [oldest] = accounts
      if (oldest === undefined) return
      const [id, account] = oldest
      accounts.delete(id)
      if (!account.touched && account.idle) continue
      account.touched = false
      accounts.set(id, account)
    }
  }

  function admit(
    key: GovernedKey,
    request: AdmissionRequest,
  ): Reservation | Denial | Promise<Reservation | Denial> {
    if (key.policy === null) return UNLIMITED
    const account = accountOf(key, key.policy)
    return account instanceof KeyAccount
      ? decide(account, request, clock())
      : // Decided again, since the policy may have changed once more.
        account.then(() => admit(key, request))
  }

  async function explain(key: GovernedKey, request: AdmissionRequest): Promise<Verdict[]> {
    if (key.policy === null) return []
    const account = accountOf(key, key.policy)
    if (account instanceof KeyAccount) return verdictsOf(account, request, clock())
    await account
    return explain(key, request)
  }

  return {
    admit,
    explain,
    announce(key) {
      const known = accounts.get(key.id)
      if (known === undefined) return
      // Without a policy nothing is counted from here on, so what has been counted must not last until there is one again.
      const policy = key.policy ?? NO_POLICY
      // A failure of the load is reported to the calls that wait for it.
      if (known.revision < key.revision) known.follow(policy, key.revision)?.catch(() => {})
      if (key.policy === null && known.idle) accounts.delete(key.id)
    },
    size: () => accounts.size,
  }
}

/** The decision itself: it runs from the first rule to the reservation without an await, so no other call comes between. */
function decide(account: KeyAccount, request: AdmissionRequest, nowMs: number): Reservation | Denial {
  const { policy, counters } = account
  account.roll(nowMs)
  let shadow = NO_VERDICTS
  const denied = (verdict: Verdict): Denial => {
    return { admitted: false, verdict, shadow, limits: limitsOf(account, request.model, nowMs) }
  }
  for (const rule of policy.fixed) {
    if (rule.refuse(request) === null) continue
    const verdict = fixedVerdict(rule, request)
    if (verdict.mode === 'ENFORCE') return denied(verdict)
    shadow = [...shadow, verdict]
  }
  for (const counter of counters) {
    if (!counter.rule.concerns(request.model)) continue
    const amount = amountOf(counter.rule, request)
    if (refuseCount(counter, amount) === null) continue
    const verdict = counterVerdict(counter, amount)
    if (verdict.mode === 'ENFORCE') return denied(verdict)
    shadow = [...shadow, verdict]
  }
  if (policy.concurrency !== null && account.inFlight >= policy.concurrency.maxCalls) {
    const verdict = concurrencyVerdict(policy.concurrency, account.inFlight)
    if (verdict.mode === 'ENFORCE') return denied(verdict)
    shadow = [...shadow, verdict]
  }
  const hold = account.reserve(request, nowMs, shadow)
  hold.limits = limitsOf(account, request.model, nowMs)
  return hold
}

/** What remains of the limits that a call of this model is counted in; the counters are in their windows. */
function limitsOf({ counters }: KeyAccount, model: string | null, nowMs: number): RateLimits {
  const concerned = counters.filter(({ rule }) => rule.concerns(model))
  return rateLimitsOf(
    concerned.map((counter) => counterVerdict(counter, 0)),
    nowMs,
  )
}

function verdictsOf(account: KeyAccount, request: AdmissionRequest, nowMs: number): Verdict[] {
  const { policy, counters } = account
  account.roll(nowMs)
  const concerned = counters.filter(({ rule }) => request.everyModel === true || rule.concerns(request.model))
  return [
    ...policy.fixed.map((rule) => fixedVerdict(rule, request)),
    ...concerned.map((counter) => counterVerdict(counter, amountOf(counter.rule, request))),
    ...(policy.concurrency === null ? [] : [concurrencyVerdict(policy.concurrency, account.inFlight)]),
  ]
}
