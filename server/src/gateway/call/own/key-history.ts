// The history in the key info: calls and spend by day, what denied calls, and the latest errors.
import type { KeyHistory, KeyUsage } from '../../../domain/keys/own-key.ts'
import { ruleOfDenial } from '../../../domain/policy/denial.ts'
import { DAY_MS } from '../../../domain/time.ts'
import type { Gateway } from '../../gateway.ts'
import { usdOrZero } from './body.ts'
import { logBody } from './key-logs.ts'
import { ask, unexpected } from './own-reply.ts'

/** `days`: 1 to OWN_KEY_MAX.historyDays. */
export async function keyHistory(gateway: Gateway, keyId: number, days: number) {
  const reply = await ask(gateway, { ask: 'HISTORY', keyId, days })
  if ('httpStatus' in reply) return reply
  return 'history' in reply ? historyBody(reply.history) : unexpected()
}

function historyBody({ days, denials, denialsPartial, recentErrors }: KeyHistory) {
  return {
    totals: usageBody(days.reduce(sum)),
    by_day: days.map(({ day, ...usage }) => ({
      date: new Date(day * DAY_MS).toISOString().slice(0, 10),
      ...usageBody(usage),
    })),
    denials: denials.map(({ errorCode, calls }) => ({
      rule: ruleOfDenial(errorCode)?.toLowerCase() ?? null,
      error_code: errorCode,
      calls,
    })),
    /** True: only the newest calls were counted in `denials`. */
    denials_partial: denialsPartial,
    recent_errors: recentErrors.map(logBody),
  }
}

function usageBody(usage: KeyUsage) {
  return {
    calls: usage.calls,
    successful_calls: usage.successes,
    denied_calls: usage.denied,
    error_calls: usage.errors,
    cancelled_calls: usage.cancelled,
    interrupted_calls: usage.interrupted,
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    spend_usd: usdOrZero(usage.costNanoUsd),
  }
}

function sum<Usage extends KeyUsage>(total: Usage, more: KeyUsage): Usage {
  return {
    ...total,
    calls: total.calls + more.calls,
    successes: total.successes + more.successes,
    denied: total.denied + more.denied,
    errors: total.errors + more.errors,
    cancelled: total.cancelled + more.cancelled,
    interrupted: total.interrupted + more.interrupted,
    inputTokens: total.inputTokens + more.inputTokens,
    outputTokens: total.outputTokens + more.outputTokens,
    costNanoUsd: total.costNanoUsd + more.costNanoUsd,
  }
}
