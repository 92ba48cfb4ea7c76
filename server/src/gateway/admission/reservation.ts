// What an admitted call has reserved of its key's limits and budgets until it ends, and what the engine needs to count it.
import type { RateLimits } from '../../domain/policy/rate-limits.ts'
import type { Verdict } from '../../domain/policy/verdict.ts'
import type { KnownUsage, WantedUsage } from '../../ledger/usage/key-usage.ts'

/** Whose account is kept: a key's, an owner's or a label's. `name`: the label, `env=prod`; of the others for messages alone. */
export type AccountOf = { kind: 'KEY' | 'OWNER' | 'LABEL'; id: number; name: string }

/** What a call used, in the end or until now. */
export type ActualUse = {
  tokens: number
  costNanoUsd: number
}

/** An admitted call, with the amounts that it has reserved. `settle` or `release` ends it; a later call of either does nothing. */
export type Reservation = {
  admitted: true
  /** The verdicts of rules in shadow mode that would have denied the call. */
  shadow: readonly Verdict[]
  /** What remains of the key's limits, this call included. */
  limits: RateLimits
  /** The money that it has reserved; 0 where the price was not known, or nothing counts it. */
  costNanoUsd: number
  /**
   * The call goes on, and has used this much more, which is counted at once, in the windows of this moment. The verdict of an
   * enforced limit or budget of which nothing is left with that; null: something is left of each. Rejects where it is not known.
   */
  charge(used: ActualUse): Verdict | null | Promise<Verdict | null>
  /** The call is over, and used this much: more or less than was reserved. */
  settle(actual: ActualUse): void
  /** The call never reached an upstream: everything is as if it had not been admitted. */
  release(): void
}

export type AdmissionDependencies = {
  /** Milliseconds since the epoch. */
  clock: () => number
  /** Milliseconds of a monotonic clock. */
  monotonic: () => number
  /**
   * The ledger's totals for an account, one for each that is wanted, in their order. They must hold every call that ended before
   * this was called, also where the database does not have it yet.
   */
  load: (id: number, wanted: WantedUsage[], of: AccountOf) => Promise<KnownUsage[]>
  /** Called once a window, when a budget's warning threshold is reached. Must not throw. */
  onWarning?: (id: number, verdict: Verdict, of: AccountOf) => void
  keysMax?: number
}
