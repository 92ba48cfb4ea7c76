// What was used of the limit that denied a call, and what the call requested of it.
import type { RequestLog } from '@latchkey/sdk'
import { formatNumber } from '#lib/format.ts'
import { usdNumber } from '#lib/format-money.ts'
import { m } from '#lib/paraglide/messages.js'

type Denial = NonNullable<RequestLog['denial']>

/** Null for a rule that counts nothing. `formatMoney`: how amounts of a budget are written. */
export function denialAmounts(
  { rule, limit, limitUsd, used, usedUsd, requested, requestedUsd }: Denial,
  formatMoney: (decimal: string) => string,
): string | null {
  if (requestedUsd !== null) {
    const most = formatMoney(requestedUsd)
    return usedUsd === null || usdNumber(requestedUsd) > usdNumber(limitUsd)
      ? m.logs_denied_alone_usd({ most })
      : m.logs_denied_spent({ spent: formatMoney(usedUsd), most })
  }
  if (rule === 'CONCURRENCY' && used !== null) return m.logs_denied_at_once({ used: formatNumber(used) })
  if (requested === null || limit === null) return null
  const amount = formatNumber(requested)
  return used === null || requested > limit
    ? m.logs_denied_alone({ requested: amount })
    : m.logs_denied_used({ used: formatNumber(used), requested: amount })
}
