// The owner's answers to its workers about the rules, and what their calls hold.
//
// Owner: this. Key: a number for each admitted call. Bound: the workers' calls in flight. Lifetime: until the worker says
// that the call is over, or has ended itself.
import { LRUCache } from 'lru-cache'
import { compilePolicy } from '../domain/policy/compile-policy.ts'
import type { AdmissionRequest, Verdict } from '../domain/policy/verdict.ts'
import type { ActualUse, GovernedKey, Reservation } from '../gateway/admission/admission.ts'
import type { CallRules } from '../gateway/gateway.ts'
import type { SentDecision, SentKey } from './protocol.ts'

// The newest policies that calls came with, compiled; another call of the key finds its own.
const COMPILED_MAX = 10_000

/** One worker's side of the rules. */
export type AdmissionServer = {
  admit(key: SentKey, request: AdmissionRequest): Promise<SentDecision | 'failed'>
  end(hold: number, actual: ActualUse | null): void
  explain(key: SentKey, request: AdmissionRequest): Promise<Verdict[] | 'failed'>
  /**
   * The worker is gone: its calls hold nothing any more. They stay counted as requests, as they do in the ledger; what they
   * used nobody knows.
   */
  endAll(): void
}

export function createAdmissionServer(rules: CallRules): () => AdmissionServer {
  const compiled = new LRUCache<number, GovernedKey>({ max: COMPILED_MAX })

  function governed({ id, revision, policy }: SentKey): GovernedKey {
    const known = compiled.get(id)
    if (known?.revision === revision) return known
    const key = { id, revision, policy: compilePolicy(policy) }
    compiled.set(id, key)
    return key
  }

  return () => {
    const holds = new Map<number, Reservation>()
    let lastHold = 0
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
          const hold = ++lastHold
          holds.set(hold, decision)
          return { admitted: true, hold, shadow, limits }
        } catch {
          return 'failed'
        }
      },
      end(hold, actual) {
        const reservation = holds.get(hold)
        holds.delete(hold)
        if (actual === null) reservation?.release()
        else reservation?.settle(actual)
      },
      explain: (key, request) => rules.explain(governed(key), request).catch(() => 'failed' as const),
      endAll() {
        exited = true
        for (const reservation of holds.values()) reservation.settle({ tokens: 0, costNanoUsd: 0 })
        holds.clear()
      },
    }
  }
}
