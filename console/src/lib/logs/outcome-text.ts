import type { Outcome, RequestLog } from '@latchkey/sdk'
import { m } from '#lib/paraglide/messages.js'

/** Failed calls in a link to the request logs: figures of failures count both outcomes. */
export const failedOutcomes = 'outcome=error&outcome=interrupted'

/** How many calls failed, of the figures of a range: those that `failedOutcomes` leads to. */
export const failedCalls = ({ errors, interrupted }: { errors: number; interrupted: number }): number =>
  errors + interrupted

export const outcomes: readonly Outcome[] = ['SUCCESS', 'ERROR', 'DENIED', 'CANCELLED', 'INTERRUPTED']

/** The outcome's name. */
export function outcomeText(outcome: Outcome): string {
  switch (outcome) {
    case 'SUCCESS':
      return m.outcome_success()
    case 'ERROR':
      return m.outcome_error()
    case 'DENIED':
      return m.outcome_denied()
    case 'CANCELLED':
      return m.outcome_cancelled()
    case 'INTERRUPTED':
      return m.outcome_interrupted()
  }
}

/** One sentence about what an outcome means, or undefined where there is nothing to explain. */
export function outcomeMeaning({ outcome }: Pick<RequestLog, 'outcome'>): string | undefined {
  switch (outcome) {
    case 'SUCCESS':
      return undefined
    case 'ERROR':
      return m.meaning_error()
    case 'DENIED':
      return m.meaning_denied()
    case 'CANCELLED':
      return m.meaning_cancelled()
    case 'INTERRUPTED':
      return m.meaning_interrupted()
  }
}
