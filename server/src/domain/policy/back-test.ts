// What a policy would have done to calls of the past.
import { type CompiledPolicy, type CountedRule, compilePolicy } from './compile-policy.ts'
import { amountOf, type Counter, counterVerdict, createCounter, refuseCount, rollCounter } from './counter.ts'
import type { KeyPolicy } from './key-policy.ts'
import { concurrencyVerdict, fixedVerdict } from './rule-verdicts.ts'
import type { AdmissionRequest, Verdict } from './verdict.ts'

/** A call as the log has it: what it asked, and what it used in the end. */
export type PastCall = AdmissionRequest & {
  /** When it was admitted, in milliseconds since the epoch. */
  atMs: number
  durationMs: number
}

/** How one rule would have fared. */
export type RuleOutcome = Pick<Verdict, 'rule' | 'mode' | 'window' | 'model' | 'limit'> & {
  /** Calls that this rule would have refused: each call counts for the first rule that says no. */
  denials: number
  firstDenialAtMs: number | null
  /** The most that calls asked for in any one window, refused or not; null for rules that count nothing. */
  peak: number | null
  /** When that window began; null for rules without one. */
  peakWindowStartMs: number | null
}

export type BackTest = { calls: number; denied: number; rules: RuleOutcome[] }

type Tally = {
  outcome: RuleOutcome
  refuses(call: PastCall): boolean
  take(call: PastCall): void
  see(call: PastCall): void
}

/**
 * Runs past calls of one key, in the order in which they were admitted, through a policy. Every rule counts as enforced, a
 * shadow too, and a refused call uses nothing of any limit. `calls` may be read once and be long: memory does not grow
 * with it, but for the calls in flight at one time.
 */
export function backTest(policy: KeyPolicy, calls: Iterable<PastCall>): BackTest {
  const tallies = talliesOf(compilePolicy(policy))
  let count = 0
  let denied = 0
  for (const call of calls) {
    count++
    for (const tally of tallies) tally.see(call)
    const refusing = tallies.find((tally) => tally.refuses(call))
    if (refusing === undefined) {
      for (const tally of tallies) tally.take(call)
      continue
    }
    denied++
    refusing.outcome.denials++
    refusing.outcome.firstDenialAtMs ??= call.atMs
  }
  return { calls: count, denied, rules: tallies.map(({ outcome }) => outcome) }
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
  return {
    outcome,
    see(call) {
      if (!rule.concerns(call.model)) return
      rollTo(demand, call.atMs)
      demand.used += amountOf(rule, call) ?? 0
      if (demand.used <= outcome.peak) return
      outcome.peak = demand.used
      outcome.peakWindowStartMs = demand.startMs
    },
    refuses(call) {
      if (!rule.concerns(call.model)) return false
      rollTo(allowed, call.atMs)
      return refuseCount(allowed, amountOf(rule, call)) !== null
    },
    take(call) {
      if (rule.concerns(call.model)) allowed.used += amountOf(rule, call) ?? 0
    },
  }
}

/** Past instants are their own clock: it neither stands still nor jumps. */
function rollTo(counter: Counter, atMs: number): void {
  rollCounter(counter, atMs, () => atMs, 0)
}

function concurrencyTally(rule: NonNullable<CompiledPolicy['concurrency']>): Tally {
  const demand: number[] = []
  const allowed: number[] = []
  const outcome = { ...outcomeOf(concurrencyVerdict(rule, 0)), peak: 0 }
  return {
    outcome,
    see(call) {
      endBefore(demand, call.atMs)
      insert(demand, call.atMs + call.durationMs)
      outcome.peak = Math.max(outcome.peak, demand.length)
    },
    refuses(call) {
      endBefore(allowed, call.atMs)
      return concurrencyVerdict(rule, allowed.length).refusal !== null
    },
    take: (call) => insert(allowed, call.atMs + call.durationMs),
  }
}

/** Ends in ascending order, of calls in flight: the ones that are over leave. */
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
    peakWindowStartMs: null,
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
