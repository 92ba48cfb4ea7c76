// What one key has used in the current windows of its rules, and its in-flight calls; or all keys that share a policy together.
import { type CompiledPolicy, type CountedRule, compilePolicy } from '../../domain/policy/compile-policy.ts'
import { type Counter, counterVerdict, createCounter, rollCounter } from '../../domain/policy/counter.ts'
import { UNRESTRICTED } from '../../domain/policy/key-policy.ts'
import type { RateLimits } from '../../domain/policy/rate-limits.ts'
import type { AdmissionRequest, Verdict } from '../../domain/policy/verdict.ts'
import type { CostCorrection } from '../../domain/usage/cost-changes.ts'
import type { KnownUsage } from '../../ledger/usage/key-usage.ts'
import { UnorderedSet, type UnorderedSetMember } from '../call/unordered-set.ts'
import type { AccountOf, ActualUse, AdmissionDependencies, Reservation } from './reservation.ts'

// Each further load is caused by a call that ended during the load before; new calls wait meanwhile, so the loads end soon.
const LOADS_MAX = 5
/** Admits every call and counts nothing. */
export const NO_POLICY: CompiledPolicy = compilePolicy(UNRESTRICTED)

export class KeyAccount {
  /** Of the newest policy that has been announced, also while its counts are being loaded. */
  revision = Number.NEGATIVE_INFINITY
  /** The policy in force. */
  policy = NO_POLICY
  counters: Counter[] = []
  /** Set while the counts of a policy are being loaded; calls wait for it. */
  loading: Promise<void> | null = null
  /** False until a first policy is in force. */
  ready = false
  /** Used since the last look for room. */
  touched = true
  readonly of: AccountOf
  readonly #dependencies: AdmissionDependencies
  readonly #held = new UnorderedSet<Hold>()
  #nextPolicy = NO_POLICY
  #nextSerial = 1
  #loadedAtMonotonicMs = Number.NEGATIVE_INFINITY
  #ended = 0

  constructor(of: AccountOf, dependencies: AdmissionDependencies) {
    this.of = of
    this.#dependencies = dependencies
  }

  get inFlight(): number {
    return this.#held.size
  }

  /** True where removing it loses only what the ledger knows. */
  get idle(): boolean {
    return this.#held.size === 0 && this.loading === null
  }

  /** Brings the counters to the windows of an instant. */
  roll(nowMs: number): void {
    const { monotonic } = this.#dependencies
    for (const counter of this.counters) rollCounter(counter, nowMs, monotonic, this.#nextSerial)
  }

  /**
   * Puts a policy in force: at once where every count that it needs is in memory (null), otherwise after a load. Where
   * the load fails, no policy is in force: the next call tries again.
   */
  follow(policy: CompiledPolicy, revision: number): Promise<void> | null {
    const before = this.revision
    this.revision = revision
    this.#nextPolicy = policy
    if (this.loading !== null) return this.loading
    if (policy.counted.every((rule) => this.#counterFor(rule) !== undefined)) {
      this.#adopt(policy, [])
      return null
    }
    this.loading = this.#load().then(
      () => {
        this.loading = null
      },
      (error: unknown) => {
        this.loading = null
        this.revision = before
        throw error
      },
    )
    return this.loading
  }

  /** Reserves what a call requests in every counter that it concerns. There must be room: `decide` has checked it. */
  reserve(request: AdmissionRequest, nowMs: number, shadow: readonly Verdict[]): Hold {
    const hold = new Hold(this, request, this.#nextSerial++, nowMs, shadow)
    this.#held.add(hold)
    for (const counter of this.counters) {
      if (!counter.rule.concerns(hold.model)) continue
      // A request is used with its admission; tokens and money are so when the call has ended.
      if (counter.rule.rule === 'REQUESTS') counter.used += 1
      else counter.reserved += hold.reservedFor(counter.rule)
    }
    return hold
  }

  /** As Reservation's. A hold that has ended is charged nothing. */
  charge(hold: Hold, used: ActualUse): Verdict | null {
    if (hold.place === -1) return null
    this.roll(this.#dependencies.clock())
    hold.noteCharge(used)
    let spent: Verdict | null = null
    for (const counter of this.counters) {
      const { rule } = counter
      if (rule.rule === 'REQUESTS' || !rule.concerns(hold.model)) continue
      counter.used += usedOf(rule, used)
      this.#warn(counter)
      if (spent === null && rule.mode === 'ENFORCE' && counter.used >= rule.limit)
        spent = counterVerdict(counter, 1)
    }
    return spent
  }

  /** Ends a hold: `actual` takes its place, or nothing where the call never was. */
  end(hold: Hold, actual: ActualUse | null): void {
    if (!this.#held.delete(hold)) return
    if (hold.charged !== null) this.roll(this.#dependencies.clock())
    this.#ended++
    for (const counter of this.counters) {
      const { rule } = counter
      // A call counts in the window in which it was admitted, and in no later one; what is charged while it goes on, in the
      // window of that moment.
      const isPast = hold.serial < counter.firstSerial
      if (isPast && hold.charged === null) continue
      if (!rule.concerns(hold.model)) continue
      if (rule.rule === 'REQUESTS') {
        if (actual === null && !isPast) counter.used -= 1
        continue
      }
      if (!isPast) counter.reserved -= hold.reservedFor(rule)
      if (actual === null) continue
      const charged = hold.charged === null ? 0 : usedOf(rule, hold.charged)
      counter.used += Math.max(0, usedOf(rule, actual) - charged)
      this.#warn(counter)
    }
  }

  /**
   * Counts what calls have cost more, or less, than was counted: in the budgets whose windows they are in. `sinceMonotonicMs`: before
   * the ledger had the first of it. Where a load since then may have counted it already, the budgets are loaded again.
   */
  correct(corrections: readonly CostCorrection[], sinceMonotonicMs: number): void {
    if (this.loading !== null) {
      this.#ended++
      return
    }
    if (!this.counters.some(({ rule }) => rule.rule === 'BUDGET')) return
    if (this.#loadedAtMonotonicMs >= sinceMonotonicMs) {
      const { revision } = this
      // Should the load fail, the next call tries again: it must not find an account without its budgets.
      this.revision = Number.NEGATIVE_INFINITY
      this.counters = this.counters.filter(({ rule }) => rule.rule !== 'BUDGET')
      this.follow(this.policy, revision)?.catch(() => {})
      return
    }
    this.roll(this.#dependencies.clock())
    for (const counter of this.counters) {
      if (counter.rule.rule !== 'BUDGET') continue
      for (const { model, atMs, nanoUsd } of corrections) {
        if (atMs < counter.startMs || atMs >= counter.endMs || !counter.rule.concerns(model)) continue
        counter.used = Math.max(0, counter.used + nanoUsd)
      }
      this.#warn(counter)
    }
  }

  #warn(counter: Counter): void {
    const { warnAt } = counter.rule
    if (warnAt === null || counter.warned || counter.used < warnAt) return
    counter.warned = true
    this.#dependencies.onWarning?.(this.of.id, counterVerdict(counter, null), this.of)
  }

  async #load(): Promise<void> {
    const { load, clock, monotonic } = this.#dependencies
    for (let loads = 1; ; loads++) {
      const policy = this.#nextPolicy
      const endedBefore = this.#ended
      const missing = policy.counted.filter((rule) => this.#counterFor(rule) === undefined)
      const windows = missing.map((rule) => rule.windowAt(clock()))
      const wanted = missing.map(({ rule, model }, at) => ({
        sinceMs: windows[at]?.startMs ?? 0,
        model,
        money: rule === 'BUDGET',
      }))
      const totals = missing.length === 0 ? [] : await load(this.of.id, wanted, this.of)
      if (policy !== this.#nextPolicy) continue
      // Whether the totals hold a call that ended meanwhile cannot be known.
      if (this.#ended !== endedBefore && loads < LOADS_MAX) continue
      const made = missing.map((rule, at) => {
        const window = windows[at] ?? rule.windowAt(clock())
        return createCounter(rule, window, totalFor(rule, totals[at]), monotonic())
      })
      for (const counter of made) this.#countHeld(counter)
      if (made.length > 0) this.#loadedAtMonotonicMs = monotonic()
      return this.#adopt(policy, made)
    }
  }

  /** Adds the in-flight calls to a counter that is new: they are in no total of the ledger yet. */
  #countHeld(counter: Counter): void {
    counter.firstSerial = this.#nextSerial
    const newestFirst = this.#held.members().sort((a, b) => b.serial - a.serial)
    for (const hold of newestFirst) {
      if (hold.admittedAtMs < counter.startMs || hold.admittedAtMs >= counter.endMs) return
      counter.firstSerial = hold.serial
      if (!counter.rule.concerns(hold.model)) continue
      if (counter.rule.rule === 'REQUESTS') counter.used += 1
      else {
        counter.reserved += hold.reservedFor(counter.rule)
        if (hold.charged !== null) counter.used += usedOf(counter.rule, hold.charged)
      }
    }
  }

  #adopt(policy: CompiledPolicy, made: Counter[]): void {
    this.counters = policy.counted.flatMap((rule) => {
      const counter = made.find((one) => one.rule === rule) ?? this.#counterFor(rule)
      return counter === undefined ? [] : [{ ...counter, rule, warned: isWarned(counter, rule) }]
    })
    this.policy = policy
    this.ready = true
  }

  #counterFor(rule: CountedRule): Counter | undefined {
    return this.counters.find((counter) => counter.rule.counts === rule.counts)
  }
}

/** The reservation of one in-flight call. */
class Hold implements Reservation, UnorderedSetMember {
  place = -1
  readonly admitted = true
  readonly shadow: readonly Verdict[]
  limits: RateLimits = { requests: null, tokens: null }
  readonly serial: number
  readonly admittedAtMs: number
  readonly model: string | null
  readonly #tokens: number
  readonly costNanoUsd: number
  readonly #account: KeyAccount
  /** What it has been charged so far; null: nothing was yet. */
  charged: ActualUse | null = null

  constructor(
    account: KeyAccount,
    request: AdmissionRequest,
    serial: number,
    nowMs: number,
    shadow: readonly Verdict[],
  ) {
    this.#account = account
    this.serial = serial
    this.admittedAtMs = nowMs
    this.model = request.model
    this.#tokens = request.tokens
    this.costNanoUsd = request.costNanoUsd ?? 0
    this.shadow = shadow
  }

  reservedFor(rule: CountedRule): number {
    return rule.rule === 'TOKENS' ? this.#tokens : this.costNanoUsd
  }

  charge(used: ActualUse): Verdict | null {
    return this.#account.charge(this, used)
  }

  noteCharge({ tokens, costNanoUsd }: ActualUse): void {
    const before = this.charged
    this.charged =
      before === null
        ? { tokens, costNanoUsd }
        : { tokens: before.tokens + tokens, costNanoUsd: before.costNanoUsd + costNanoUsd }
  }

  settle(actual: ActualUse): void {
    this.#account.end(this, actual)
  }

  release(): void {
    this.#account.end(this, null)
  }
}

/** What of a call's use a rule counts; a request is counted with its admission. */
function usedOf({ rule }: CountedRule, used: ActualUse): number {
  return rule === 'TOKENS' ? used.tokens : used.costNanoUsd
}

function totalFor(rule: CountedRule, total: KnownUsage | undefined): number {
  if (total === undefined) throw new Error('the ledger returned fewer totals than were requested')
  switch (rule.rule) {
    case 'REQUESTS':
      return total.requests
    case 'TOKENS':
      return total.tokens
    case 'BUDGET':
      return total.costNanoUsd
  }
}

/** A threshold that has been moved may be warned of again. */
function isWarned(counter: Counter, rule: CountedRule): boolean {
  if (rule.warnAt === null) return false
  return counter.rule.warnAt === rule.warnAt ? counter.warned : counter.used >= rule.warnAt
}
