// What a policy would have done to calls of the past.
import { endpointOf, isEndpoint } from '../../endpoints/find-endpoint.ts'
import { type CompiledPolicy, type CountedRule, compilePolicy } from '../compile-policy.ts'
import {
  amountOf,
  type Counter,
  counterVerdict,
  createCounter,
  refuseCount,
  rollCounter,
} from '../counter.ts'
import { endpointError } from '../judge-call.ts'
import type { KeyPolicy } from '../key-policy.ts'
import { concurrencyVerdict, fixedVerdict } from '../rule-verdicts.ts'
import type { AdmissionRequest, Verdict } from '../verdict.ts'

/** A call as its request log has it: what it requested, and what it used in the end. */
export type PastCall = AdmissionRequest & {
  /** When it was admitted, in milliseconds since the epoch. */
  atMs: number
  durationMs: number
  /** Absent: the path is open to every key. */
  method?: string
}

/** What one rule would have done. */
export type RuleOutcome = Pick<Verdict, 'rule' | 'mode' | 'window' | 'model' | 'limit'> & {
  /** Calls that this rule would have denied: each call counts for the first rule that denies it. */
  denials: number
  firstDenialAtMs: number | null
  /** The most that calls requested in any one window, or at once, denied or not; null for rules that count nothing. */
  peak: number | null
  /** When that window began, or when so many were first in flight; null where the rule counted nothing. */
  peakAtMs: number | null
  /** Calls whose cost is not known, of a budget; 0 for other rules. */
  unpriced: number
}

export type BackTest = {
  calls: number
  /** Also those whose endpoint is not open to a key with the policy, which no rule denies. */
  denied: number
  /** When the first of the calls was admitted; null without any. */
  firstCallAtMs: number | null
  /** In the order in which they are applied. */
  rules: RuleOutcome[]
}

/** Whose calls: of one key, or of all keys that had an owner, or a label such as `env=prod`, when they were called. */
export type CallSource = { apiKeyId: number } | { ownerId: number } | { label: string }

/** Which calls to run through which policy. Plain data: it crosses threads. */
export type BackTestQuery = CallSource & {
  policy: KeyPolicy
  /** Where reading begins: calls before `fromMs` take room in the windows, and are not counted themselves. */
  readFromMs: number
  fromMs: number
  /** Not included. */
  toMs: number
}

type Tally = {
  outcome: RuleOutcome
  refuses(call: PastCall): boolean
  take(call: PastCall): void
  /** Adds the call to the demand; `counts` false: it is before the range of the back-test. */
  see(call: PastCall, counts: boolean): void
}

/**
 * Runs past calls, in the order in which they were admitted, through a policy: those of one key, or of all that share it. Every rule counts as enforced, a
 * shadow too, and a refused call uses nothing of any limit. Memory does not grow with the calls, but for those in flight
 * at one time.
 */
export class BackTestRun {
  readonly #policy: CompiledPolicy
  readonly #tallies: Tally[]
  readonly #fromMs: number
  readonly #isShared: boolean
  #calls = 0
  #denied = 0
  #firstCallAtMs: number | null = null

  /** Calls before `query.fromMs` only take room in the windows that reach past it. */
  constructor(query: Pick<BackTestQuery, 'policy' | 'fromMs'> & Partial<CallSource>) {
    this.#policy = compilePolicy(query.policy)
    this.#tallies = talliesOf(this.#policy)
    this.#fromMs = query.fromMs
    this.#isShared = 'ownerId' in query || 'label' in query
  }

  add(call: PastCall): void {
    const counts = call.atMs >= this.#fromMs
    if (this.#isClosed(call)) {
      if (counts) this.#deny(call, null)
      return
    }
    for (const tally of this.#tallies) tally.see(call, counts)
    const refusing = this.#tallies.find((tally) => tally.refuses(call))
    if (refusing === undefined) for (const tally of this.#tallies) tally.take(call)
    if (!counts) return
    if (refusing !== undefined) return this.#deny(call, refusing)
    this.#calls++
    this.#firstCallAtMs ??= call.atMs
  }

  #isClosed({ method, endpoint }: PastCall): boolean {
    // Which endpoints are open is each key's own.
    if (method === undefined || this.#isShared) return false
    const found = endpointOf(method, endpoint)
    return isEndpoint(found) && endpointError(found, endpoint, this.#policy) !== null
  }

  /** `refusing` null: no rule does. */
  #deny({ atMs }: PastCall, refusing: Tally | null): void {
    this.#calls++
    this.#firstCallAtMs ??= atMs
    this.#denied++
    if (refusing === null) return
    refusing.outcome.denials++
    refusing.outcome.firstDenialAtMs ??= atMs
  }

  result(): BackTest {
    return {
      calls: this.#calls,
      denied: this.#denied,
      firstCallAtMs: this.#firstCallAtMs,
      rules: this.#tallies.map(({ outcome }) => outcome),
    }
  }
}

/**
 * Where the windows begin that an instant lies in, so that calls from there on fill them as they did. A budget for the
 * whole life of a key begins with the instant, as if it had been set then.
 */
export function runUpStartMs(policy: KeyPolicy, fromMs: number): number {
  const starts = compilePolicy(policy)
    .counted.filter(({ window }) => window !== 'TOTAL')
    .map((rule) => rule.windowAt(fromMs).startMs)
  return Math.min(fromMs, ...starts)
}

function talliesOf({ fixed, counted, concurrency }: CompiledPolicy): Tally[] {
  const tallies = fixed.map((rule): Tally => {
    return {
      outcome: outcomeOf(fixedVerdict(rule, NO_CALL)),
      refuses: (call) => rule.refuse(call) !== null,
      take() {},
      see() {},
    }
  })
  tallies.push(...counted.map(countedTally))
  if (concurrency !== null) tallies.push(concurrencyTally(concurrency))
  return tallies
}

function countedTally(rule: CountedRule): Tally {
  const demand = createCounter(rule, { startMs: -1, endMs: -1 }, 0, 0)
  const allowed = createCounter(rule, { startMs: -1, endMs: -1 }, 0, 0)
  const outcome = { ...outcomeOf(counterVerdict(allowed, 0)), peak: 0 }
  const concerns = ({ model }: PastCall) => rule.concerns(model)
  return {
    outcome,
    see(call, counts) {
      if (!concerns(call)) return
      rollTo(demand, call.atMs)
      const amount = amountOf(rule, call)
      demand.used += amount ?? 0
      if (!counts) return
      if (amount === null) outcome.unpriced++
      if (demand.used <= outcome.peak) return
      outcome.peak = demand.used
      // A window without a beginning is looked at from the first call on.
      outcome.peakAtMs = rule.window === 'TOTAL' ? call.atMs : demand.startMs
    },
    refuses(call) {
      if (!concerns(call)) return false
      rollTo(allowed, call.atMs)
      return refuseCount(allowed, amountOf(rule, call)) !== null
    },
    take(call) {
      if (concerns(call)) allowed.used += amountOf(rule, call) ?? 0
    },
  }
}

/** The instants of past calls are the clock. */
function rollTo(counter: Counter, atMs: number): void {
  rollCounter(counter, atMs, () => atMs, 0)
}

function concurrencyTally(rule: NonNullable<CompiledPolicy['concurrency']>): Tally {
  const demand: number[] = []
  const allowed: number[] = []
  const outcome = { ...outcomeOf(concurrencyVerdict(rule, 0)), peak: 0 }
  return {
    outcome,
    see(call, counts) {
      endBefore(demand, call.atMs)
      insert(demand, call.atMs + call.durationMs)
      if (!counts || demand.length <= outcome.peak) return
      outcome.peak = demand.length
      outcome.peakAtMs = call.atMs
    },
    refuses(call) {
      endBefore(allowed, call.atMs)
      return concurrencyVerdict(rule, allowed.length).refusal !== null
    },
    take: (call) => insert(allowed, call.atMs + call.durationMs),
  }
}

/** Removes the in-flight calls that have ended; `ends` is in ascending order. */
function endBefore(ends: number[], atMs: number): void {
  let over = 0
  while (over < ends.length && (ends[over] ?? atMs) <= atMs) over++
  if (over > 0) ends.splice(0, over)
}

function insert(ends: number[], endMs: number): void {
  let at = ends.length
  while (at > 0 && (ends[at - 1] ?? endMs) > endMs) at--
  ends.splice(at, 0, endMs)
}

function outcomeOf({ rule, mode, window, model, limit }: Verdict): RuleOutcome {
  return {
    rule,
    mode,
    window,
    model,
    limit,
    denials: 0,
    firstDenialAtMs: null,
    peak: null,
    peakAtMs: null,
    unpriced: 0,
  }
}

const NO_CALL: AdmissionRequest = {
  address: null,
  endpoint: '',
  usesModel: false,
  model: null,
  tokens: 0,
  costNanoUsd: 0,
}
