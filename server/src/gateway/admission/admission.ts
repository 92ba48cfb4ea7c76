// Decides on calls by their key's policy, and keeps what the keys have used: exact at any number of calls at once.
//
// A key may share policies with others: that of its owner, and the limits of its labels. Each has an account of its own, and a call is
// admitted by all of them in one step or by none.
//
// Owner: the gateway. Key: the API key's number; of an owner or label limits a negative one. Bound: KEYS_MAX accounts; beyond it those accounts are removed that were not used since the
// last look and have no in-flight calls, so that only in-flight calls can keep more. Lifetime: a key stays until then; what
// it used is loaded from the ledger when it is first seen, and counted here from then on. Invalidation: `announce`, or a
// call that comes with a newer revision of the policy; counts that both policies have go on.

import type { CompiledPolicy } from '../../domain/policy/compile-policy.ts'
import { amountOf, counterVerdict, refuseCount } from '../../domain/policy/counter.ts'
import type { DenialHelp } from '../../domain/policy/denial.ts'
import { type RateLimits, rateLimitsOf } from '../../domain/policy/rate-limits.ts'
import { concurrencyVerdict, fixedVerdict } from '../../domain/policy/rule-verdicts.ts'
import type { AdmissionRequest, SharedBy, Verdict } from '../../domain/policy/verdict.ts'
import type { CostCorrection } from '../../domain/usage/cost-changes.ts'
import { JointReservation } from './joint-reservation.ts'
import { KeyAccount, NO_POLICY } from './key-account.ts'
import type { AccountOf, AdmissionDependencies, Reservation } from './reservation.ts'

/** A key as admission sees it. `policy` null: unrestricted. */
export type GovernedKey = {
  id: number
  policy: CompiledPolicy | null
  /** Grows with each change of the policy, so that an older copy of the key does not bring an older policy back. */
  revision: number
  /** Sent with every denial; absent: nothing. */
  help?: DenialHelp | null
  /** The policies that it shares with other keys; absent: none. A key with any has a `policy`. */
  shared?: readonly SharedPolicy[]
}

/** A policy that keys share. `revision` is its own, and grows with each change. */
export type SharedPolicy = { by: SharedBy; id: number; policy: CompiledPolicy; revision: number }

export type Denial = { admitted: false; verdict: Verdict; shadow: readonly Verdict[]; limits: RateLimits }

export type Admission = {
  /**
   * Admits or denies a call. Synchronous for a key in memory; the first calls of a key wait together for one load.
   * Rejects where that fails, and the next call tries again.
   */
  admit(key: GovernedKey, request: AdmissionRequest): Reservation | Denial | Promise<Reservation | Denial>
  /** The verdict of every rule on a call, with what remains, in the order in which they are applied. Reserves nothing. */
  explain(key: GovernedKey, request: AdmissionRequest): Promise<Verdict[]>
  /** The same of a policy that keys share, of what all of them use together. */
  explainShared(shared: SharedPolicy, request: AdmissionRequest): Promise<Verdict[]>
  /** To be called after every committed change to a key's policy. Without a policy, its counts are forgotten. */
  announce(key: GovernedKey): void
  /** To be called after every committed change of what keys share; `policy` null: nothing any more. */
  announceShared(shared: Omit<SharedPolicy, 'policy'> & { policy: CompiledPolicy | null }): void
  /**
   * To be called when the ledger has other costs of calls. `sinceMonotonicMs`: by the monotonic clock, before it had the first of them.
   * Budgets count them in the windows that they have now.
   */
  correct(corrections: readonly CostCorrection[], sinceMonotonicMs: number): void
  /** Accounts in memory, for a gauge. */
  size(): number
}

const KEYS_MAX = 100_000
const NO_VERDICTS: readonly Verdict[] = []
const NO_ACCOUNTS: readonly SharedAccount[] = []
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

/**
 * Admission with no account yet: that of a key is loaded as its first call comes. `keysMax`: how many are kept; of those that are
 * idle, some that have not been used for long are forgotten first.
 */
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
    return broughtUp(key.id, { kind: 'KEY', id: key.id, name: '' }, policy, key.revision)
  }

  /** The same of what keys share. */
  function sharedAccountOf({ by, id, policy, revision }: SharedPolicy): KeyAccount | Promise<void> {
    const place = placeOf(by.kind, id)
    const known = accounts.get(place)
    if (known !== undefined && known.revision >= revision) {
      known.touched = true
      return known.loading ?? known
    }
    return broughtUp(place, { kind: by.kind, id, name: by.name }, policy, revision)
  }

  /** An account under its place in the map, with a newer policy. */
  function broughtUp(
    place: number,
    of: AccountOf,
    policy: CompiledPolicy,
    revision: number,
  ): KeyAccount | Promise<void> {
    const known = accounts.get(place)
    if (known === undefined) makeRoom()
    const account = known ?? new KeyAccount(of, dependencies)
    accounts.set(place, account)
    const loading = account.follow(policy, revision)
    if (loading === null) return account
    return loading.catch((error: unknown) => {
      // Nothing is known of it: it must not stay as an account without counts.
      if (!account.ready && accounts.get(place) === account) accounts.delete(place)
      throw error
    })
  }

  /** Every account that the key shares, ready; or the loads that it waits for. */
  function sharedOf({ shared = [] }: GovernedKey): readonly SharedAccount[] | Promise<unknown> {
    const ready: SharedAccount[] = []
    let loads: Promise<unknown>[] | null = null
    for (const { by, ...policy } of shared) {
      const account = sharedAccountOf({ by, ...policy })
      if (account instanceof KeyAccount) ready.push({ account, by })
      else {
        loads ??= []
        loads.push(account)
      }
    }
    return loads === null ? ready : Promise.all(loads)
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
    // Decided again after a load, since the policy may have changed once more.
    if (!(account instanceof KeyAccount)) return account.then(() => admit(key, request))
    if (key.shared === undefined) return decide(account, NO_ACCOUNTS, request, clock())
    const shared = sharedOf(key)
    return shared instanceof Promise
      ? shared.then(() => admit(key, request))
      : decide(account, shared, request, clock())
  }

  async function explain(key: GovernedKey, request: AdmissionRequest): Promise<Verdict[]> {
    if (key.policy === null) return []
    const account = accountOf(key, key.policy)
    const shared = sharedOf(key)
    if (account instanceof KeyAccount && !(shared instanceof Promise)) {
      const nowMs = clock()
      return [
        ...verdictsOf(account, request, nowMs),
        ...shared.flatMap(({ account, by }) =>
          verdictsOf(account, request, nowMs).map((verdict) => ({ ...verdict, sharedBy: by })),
        ),
      ]
    }
    await account
    await shared
    return explain(key, request)
  }

  async function explainShared(shared: SharedPolicy, request: AdmissionRequest): Promise<Verdict[]> {
    const account = sharedAccountOf(shared)
    if (account instanceof KeyAccount) return verdictsOf(account, request, clock())
    await account
    return explainShared(shared, request)
  }

  /** The accounts in memory that a call counts in. */
  function accountsOf({ apiKeyId, ownerId, labels }: CostCorrection): KeyAccount[] {
    const places = [
      ...(apiKeyId === null ? [] : [apiKeyId]),
      ...(ownerId === null ? [] : [placeOf('OWNER', ownerId)]),
    ]
    const found = places.flatMap((place) => accounts.get(place) ?? [])
    if (labels.length === 0) return found
    for (const account of accounts.values())
      if (account.of.kind === 'LABEL' && labels.includes(account.of.name)) found.push(account)
    return found
  }

  return {
    admit,
    explain,
    explainShared,
    announce(key) {
      const known = accounts.get(key.id)
      if (known === undefined) return
      // Without a policy nothing is counted from here on, so what has been counted must not last until there is one again.
      const policy = key.policy ?? NO_POLICY
      // A failure of the load is reported to the calls that wait for it.
      if (known.revision < key.revision) known.follow(policy, key.revision)?.catch(() => {})
      if (key.policy === null && known.idle) accounts.delete(key.id)
    },
    announceShared({ by, id, policy, revision }) {
      const place = placeOf(by.kind, id)
      const known = accounts.get(place)
      if (known === undefined) return
      if (known.revision < revision) known.follow(policy ?? NO_POLICY, revision)?.catch(() => {})
      if (policy === null && known.idle) accounts.delete(place)
    },
    correct(corrections, sinceMonotonicMs) {
      const byAccount = Map.groupBy(
        corrections.flatMap((correction) =>
          accountsOf(correction).map((account) => ({ account, correction })),
        ),
        ({ account }) => account,
      )
      for (const [account, own] of byAccount)
        account.correct(
          own.map(({ correction }) => correction),
          sinceMonotonicMs,
        )
    },
    size: () => accounts.size,
  }
}

type SharedAccount = { account: KeyAccount; by: SharedBy }

/** Keys have the positive numbers. */
function placeOf(kind: SharedBy['kind'], id: number): number {
  return kind === 'OWNER' ? -2 * id : -2 * id - 1
}

/**
 * The decision itself: it runs from the first rule to the last reservation without an await, so no other call comes between. The
 * key's own rules come first, then those that it shares; nothing is reserved anywhere unless all of them admit the call.
 */
function decide(
  account: KeyAccount,
  shared: readonly SharedAccount[],
  request: AdmissionRequest,
  nowMs: number,
): Reservation | Denial {
  const { policy } = account
  account.roll(nowMs)
  for (const one of shared) one.account.roll(nowMs)
  let shadow = NO_VERDICTS
  const limits = () => limitsOf(account, shared, request.model, nowMs)
  for (const rule of policy.fixed) {
    if (rule.refuse(request) === null) continue
    const verdict = fixedVerdict(rule, request)
    if (verdict.mode === 'ENFORCE') return { admitted: false, verdict, shadow, limits: limits() }
    shadow = [...shadow, verdict]
  }
  for (const verdict of refusalsOf(account, shared, request)) {
    if (verdict.mode === 'ENFORCE') return { admitted: false, verdict, shadow, limits: limits() }
    shadow = [...shadow, verdict]
  }
  const hold = account.reserve(request, nowMs, shadow)
  if (shared.length === 0) {
    hold.limits = limits()
    return hold
  }
  const others = shared.map(({ account }) => account.reserve(request, nowMs, NO_VERDICTS))
  return new JointReservation(hold, others, shared, limits())
}

/** The verdicts of the counting rules of all accounts that refuse a call. */
function refusalsOf(
  account: KeyAccount,
  shared: readonly SharedAccount[],
  request: AdmissionRequest,
): readonly Verdict[] {
  const own = countedRefusals(account, request)
  if (shared.length === 0) return own
  const others = shared.flatMap(({ account, by }) =>
    countedRefusals(account, request).map((verdict) => ({ ...verdict, sharedBy: by })),
  )
  return [...own, ...others]
}

/** The verdicts of the counting rules of one account that refuse a call, up to the first that is enforced. */
function countedRefusals(account: KeyAccount, request: AdmissionRequest): readonly Verdict[] {
  let refusals = NO_VERDICTS
  for (const counter of account.counters) {
    if (!counter.rule.concerns(request.model)) continue
    const amount = amountOf(counter.rule, request)
    if (refuseCount(counter, amount) === null) continue
    const verdict = counterVerdict(counter, amount)
    refusals = [...refusals, verdict]
    if (verdict.mode === 'ENFORCE') return refusals
  }
  const { concurrency } = account.policy
  if (concurrency !== null && account.inFlight >= concurrency.maxCalls)
    refusals = [...refusals, concurrencyVerdict(concurrency, account.inFlight)]
  return refusals
}

/** What remains of the limits that a call of this model is counted in; the counters are in their windows. */
function limitsOf(
  account: KeyAccount,
  shared: readonly SharedAccount[],
  model: string | null,
  nowMs: number,
): RateLimits {
  const accounts = shared.length === 0 ? [account] : [account, ...shared.map((one) => one.account)]
  const concerned = accounts.flatMap(({ counters }) => counters.filter(({ rule }) => rule.concerns(model)))
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
