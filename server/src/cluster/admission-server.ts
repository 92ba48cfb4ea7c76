// The owner's admission of the calls of its workers.
//
// Owner: one AdmissionServer for each worker. Key: a number for each admitted call. Bound: the worker's calls in flight.
// Lifetime: until the worker ends the reservation, or exits.
import { LRUCache } from 'lru-cache'
import { compilePolicy } from '../domain/policy/compile-policy.ts'
import type { AdmissionRequest, Verdict } from '../domain/policy/verdict.ts'
import type { GovernedKey, SharedPolicy } from '../gateway/admission/admission.ts'
import type { ActualUse, Reservation } from '../gateway/admission/reservation.ts'
import type { CallRules } from '../gateway/gateway.ts'
import type { SentDecision, SentKey, SentSharedPolicy } from './protocol.ts'

// The newest compiled policies, by key; the next call of the key finds its policy compiled.
const COMPILED_MAX = 10_000

/** The reservations of one worker. */
export type AdmissionServer = {
  /** `failed` where the rules could not be applied, or the worker has exited. Never rejects. */
  admit(key: SentKey, request: AdmissionRequest): Promise<SentDecision | 'failed'>
  /** As Reservation's `charge`; null for an unknown id. */
  charge(reservationId: number, used: ActualUse): Promise<Verdict | null>
  /** Settles a reservation with what the call used; null releases it. An unknown id is ignored. */
  end(reservationId: number, actual: ActualUse | null): void
  /** `failed` where the rules could not be applied. Never rejects. */
  explain(key: SentKey, request: AdmissionRequest): Promise<Verdict[] | 'failed'>
  /**
   * The worker has exited: its calls reserve nothing any more. They stay counted as requests, as they do in the ledger; what
   * they used is not known.
   */
  endAll(): void
}

/** Makes an AdmissionServer for each worker; all of them share `rules` and the compiled policies. */
export function createAdmissionServer(rules: CallRules): () => AdmissionServer {
  const compiled = new LRUCache<number, GovernedKey>({ max: COMPILED_MAX })
  const compiledShared = new LRUCache<string, SharedPolicy>({ max: COMPILED_MAX })

  function governed({ id, revision, policy, shared }: SentKey): GovernedKey {
    const known = compiled.get(id)
    const key = known?.revision === revision ? known : { id, revision, policy: compilePolicy(policy) }
    if (key !== known) compiled.set(id, key)
    // The policies of others have revisions of their own.
    return shared.length === 0 ? key : { ...key, shared: shared.map(sharedPolicy) }
  }

  function sharedPolicy({ by, id, revision, policy }: SentSharedPolicy): SharedPolicy {
    const place = `${by.kind} ${id}`
    const known = compiledShared.get(place)
    if (known?.revision === revision) return known
    const made = { by, id, revision, policy: compilePolicy(policy) }
    compiledShared.set(place, made)
    return made
  }

  return () => {
    const reservations = new Map<number, Reservation>()
    let lastId = 0
    let exited = false
    return {
      async admit(key, request) {
        try {
          const decision = await rules.admit(governed(key), request)
          const { shadow, limits } = decision
          if (!decision.admitted) return { admitted: false, verdict: decision.verdict, shadow, limits }
          if (exited) {
            decision.release()
            return 'failed'
          }
          const reservationId = ++lastId
          reservations.set(reservationId, decision)
          return { admitted: true, reservationId, shadow, limits }
        } catch {
          return 'failed'
        }
      },
      async charge(reservationId, used) {
        return reservations.get(reservationId)?.charge(used) ?? null
      },
      end(reservationId, actual) {
        const reservation = reservations.get(reservationId)
        reservations.delete(reservationId)
        if (actual === null) reservation?.release()
        else reservation?.settle(actual)
      },
      explain: (key, request) => rules.explain(governed(key), request).catch(() => 'failed' as const),
      endAll() {
        exited = true
        for (const reservation of reservations.values()) reservation.settle({ tokens: 0, costNanoUsd: 0 })
        reservations.clear()
      },
    }
  }
}
