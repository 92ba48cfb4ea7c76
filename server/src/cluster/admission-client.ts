// A worker's view of the rules: keys whose calls are counted are judged by the owner, so that a limit holds across workers.
import type { RateLimits } from '../domain/policy/rate-limits.ts'
import type { AdmissionRequest, Verdict } from '../domain/policy/verdict.ts'
import {
  type ActualUse,
  createAdmission,
  type Denial,
  type GovernedKey,
  type Reservation,
} from '../gateway/admission/admission.ts'
import type { CallRules } from '../gateway/gateway.ts'
import type { SentDecision, SentKey, ToOwner, ToWorker } from './protocol.ts'

// A call does not wait longer for an owner that does not answer; it is told to try again.
const ANSWER_MAX_MS = 5_000

export type AdmissionClient = CallRules & {
  /** To be handed the owner's answers. */
  hear(message: Extract<ToWorker, { kind: 'decision' | 'verdicts' }>): void
}

export function createAdmissionClient(say: (message: ToOwner) => void): AdmissionClient {
  const decisions = new Map<number, (decision: SentDecision | 'failed') => void>()
  const explanations = new Map<number, (verdicts: Verdict[] | 'failed') => void>()
  let lastId = 0
  // What only looks at the call needs nobody.
  const own = createAdmission({
    clock: Date.now,
    monotonic: () => performance.now(),
    load: () => Promise.reject(new Error('a worker counts nothing')),
  })

  function ask<Answer>(
    waiting: Map<number, (response: Answer | 'failed') => void>,
    message: (id: number) => ToOwner,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const id = ++lastId
      const settle = (response: Answer | 'failed') => {
        clearTimeout(late)
        waiting.delete(id)
        if (response === 'failed') reject(new Error('the owner could not judge the call'))
        else resolve(response)
      }
      const late = setTimeout(settle, ANSWER_MAX_MS, 'failed')
      waiting.set(id, settle)
      say(message(id))
    })
  }

  async function admit(key: SentKey, request: AdmissionRequest): Promise<Reservation | Denial> {
    const decision = await ask(decisions, (id) => ({ kind: 'admit', id, key, request }))
    return decision.admitted ? held(decision, say) : decision
  }

  return {
    admit(key, request) {
      const counted = countedKey(key)
      return counted === null ? own.admit(key, request) : admit(counted, request)
    },
    explain(key, request) {
      const counted = countedKey(key)
      return counted === null
        ? own.explain(key, request)
        : ask(explanations, (id) => ({ kind: 'explain', id, key: counted, request }))
    },
    hear(message) {
      if (message.kind === 'verdicts') return explanations.get(message.id)?.(message.verdicts)
      const { id, decision } = message
      const settle = decisions.get(id)
      if (settle !== undefined) return settle(decision)
      // It comes too late: its call has been answered, and holds nothing.
      if (decision !== 'failed' && decision.admitted)
        say({ kind: 'end-hold', hold: decision.hold, actual: null })
    },
  }
}

/** Null for a key whose policy counts nothing. */
function countedKey({ id, revision, policy }: GovernedKey): SentKey | null {
  if (policy === null || (policy.counted.length === 0 && policy.concurrency === null)) return null
  return { id, revision, policy: policy.source }
}

function held(
  { hold, shadow, limits }: { hold: number; shadow: readonly Verdict[]; limits: RateLimits },
  say: (message: ToOwner) => void,
): Reservation {
  let ended = false
  const end = (actual: ActualUse | null) => {
    if (ended) return
    ended = true
    say({ kind: 'end-hold', hold, actual })
  }
  return { admitted: true, shadow, limits, settle: end, release: () => end(null) }
}
