// A worker's admission: the owner decides on calls of keys that have limits, budgets or a bound on concurrency, so that each
// of these holds across all workers.
import type { RateLimits } from '../domain/policy/rate-limits.ts'
import type { AdmissionRequest, Verdict } from '../domain/policy/verdict.ts'
import { createAdmission, type Denial, type GovernedKey } from '../gateway/admission/admission.ts'
import type { ActualUse, Reservation } from '../gateway/admission/reservation.ts'
import type { CallRules } from '../gateway/gateway.ts'
import { createPendingRequests, type PendingRequests } from '../rpc/rpc.ts'
import { RESPONSE_MAX_MS, type SentDecision, type SentKey, type ToOwner, type ToWorker } from './protocol.ts'

export type AdmissionClient = CallRules & {
  /** Takes the owner's responses to `admit`, `charge` and `explain`. */
  onResponse(message: Extract<ToWorker, { kind: 'decision' | 'verdicts' | 'charged' }>): void
}

/** `send` carries a message to the owner. A call that gets no decision within RESPONSE_MAX_MS is rejected. */
export function createAdmissionClient(send: (message: ToOwner) => void): AdmissionClient {
  const decisions = createPendingRequests<SentDecision>()
  const charges = createPendingRequests<Verdict | null>()
  const explanations = createPendingRequests<Verdict[]>()
  // Rules that look at the call alone need no shared count: the worker decides.
  const local = createAdmission({
    clock: Date.now,
    monotonic: () => performance.now(),
    load: () => Promise.reject(new Error('a worker counts nothing')),
  })

  async function admit(key: SentKey, request: AdmissionRequest): Promise<Reservation | Denial> {
    const decision = await decisions.request(
      (id) => send({ kind: 'admit', id, key, request }),
      RESPONSE_MAX_MS,
    )
    return decision.admitted ? reservationOf(decision, request.costNanoUsd ?? 0, send, charges) : decision
  }

  return {
    admit(key, request) {
      const counted = countedKey(key)
      return counted === null ? local.admit(key, request) : admit(counted, request)
    },
    explain(key, request) {
      const counted = countedKey(key)
      if (counted === null) return local.explain(key, request)
      return explanations.request(
        (id) => send({ kind: 'explain', id, key: counted, request }),
        RESPONSE_MAX_MS,
      )
    },
    onResponse(message) {
      if (message.kind === 'charged') return void charges.resolve(message.id, message.spent)
      if (message.kind === 'verdicts') {
        const { id, verdicts } = message
        if (verdicts === 'failed') explanations.reject(id, undecided())
        else explanations.resolve(id, verdicts)
        return
      }
      const { id, decision } = message
      if (decision === 'failed') decisions.reject(id, undecided())
      // Too late: the call has had its response, so that it must reserve nothing.
      else if (!decisions.resolve(id, decision) && decision.admitted)
        send({ kind: 'end-reservation', reservationId: decision.reservationId, actual: null })
    },
  }
}

/** Null for a key whose policy counts nothing, and that shares none. */
function countedKey({ id, revision, policy, shared = [] }: GovernedKey): SentKey | null {
  if (policy === null) return null
  if (policy.counted.length === 0 && policy.concurrency === null && shared.length === 0) return null
  const sent = shared.map((one) => ({ ...one, policy: one.policy.source }))
  return { id, revision, policy: policy.source, shared: sent }
}

function reservationOf(
  {
    reservationId,
    shadow,
    limits,
  }: { reservationId: number; shadow: readonly Verdict[]; limits: RateLimits },
  costNanoUsd: number,
  send: (message: ToOwner) => void,
  charges: PendingRequests<Verdict | null>,
): Reservation {
  let ended = false
  const end = (actual: ActualUse | null) => {
    if (ended) return
    ended = true
    send({ kind: 'end-reservation', reservationId, actual })
  }
  return {
    admitted: true,
    shadow,
    limits,
    costNanoUsd,
    charge: (used) =>
      ended
        ? null
        : charges.request(
            (id) => send({ kind: 'charge-reservation', id, reservationId, used }),
            RESPONSE_MAX_MS,
          ),
    settle: end,
    release: () => end(null),
  }
}

function undecided(): Error {
  return new Error('the owner could not apply the rules to the call')
}
