// The reservation of a call of a key that shares policies: of its own account and of each that it shares, as one.
import type { RateLimits } from '../../domain/policy/rate-limits.ts'
import type { SharedBy, Verdict } from '../../domain/policy/verdict.ts'
import type { ActualUse, Reservation } from './reservation.ts'

export class JointReservation implements Reservation {
  readonly admitted = true
  readonly shadow: readonly Verdict[]
  readonly limits: RateLimits
  readonly costNanoUsd: number
  readonly #own: Reservation
  readonly #others: readonly Reservation[]
  readonly #sharers: readonly { by: SharedBy }[]

  /** `others`: one for each of `sharers`. */
  constructor(
    own: Reservation,
    others: readonly Reservation[],
    sharers: readonly { by: SharedBy }[],
    limits: RateLimits,
  ) {
    this.#own = own
    this.#others = others
    this.#sharers = sharers
    this.shadow = own.shadow
    this.costNanoUsd = own.costNanoUsd
    this.limits = limits
  }

  /** All are charged; the verdict is of the first that has nothing left. */
  charge(used: ActualUse): Verdict | null | Promise<Verdict | null> {
    const own = this.#own.charge(used)
    let spent: Verdict | null | Promise<Verdict | null> = own
    for (const [at, other] of this.#others.entries()) {
      const verdict = other.charge(used)
      const by = this.#sharers[at]?.by
      // In the process that decides, none is a promise.
      if (spent !== null || verdict === null || verdict instanceof Promise || by === undefined) continue
      spent = { ...verdict, sharedBy: by }
    }
    return spent
  }

  settle(actual: ActualUse): void {
    this.#own.settle(actual)
    for (const other of this.#others) other.settle(actual)
  }

  release(): void {
    this.#own.release()
    for (const other of this.#others) other.release()
  }
}
