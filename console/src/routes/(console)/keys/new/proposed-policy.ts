// The limits that the form of a new key proposes: those of the settings, else a month's budget and a rate that no person notices.
import type { KeyPolicyInput, Model, Settings } from '@latchkey/sdk'

const usualUsd = '20'
const usualRequests = 60

/** Within the ceiling of the settings. */
export function proposedPolicy(
  { defaultPolicy, policyCeiling }: Pick<Settings, 'defaultPolicy' | 'policyCeiling'>,
  models: readonly Pick<Model, 'price'>[],
): KeyPolicyInput {
  if (defaultPolicy) return defaultPolicy
  const money = policyCeiling?.budgets.find(({ window, model }) => window === 'MONTH' && !model)
  const rate = policyCeiling?.limits.find(
    ({ unit, window, model }) => unit === 'REQUESTS' && window === 'MINUTE' && !model,
  )
  // Where models have no price, as on one's own machines, a budget that denies them would stop the first call.
  const allPriced = models.length > 0 && models.every(({ price }) => price !== null)
  return {
    budgets: [
      {
        limitUsd: money && Number(money.limitUsd) < Number(usualUsd) ? money.limitUsd : usualUsd,
        window: 'MONTH',
        timeZone: money?.timeZone ?? 'UTC',
        unpriced: allPriced || money?.unpriced === 'DENY' ? 'DENY' : 'ALLOW',
        warnAtPercent: 80,
        mode: 'ENFORCE',
      },
    ],
    limits: [
      {
        unit: 'REQUESTS',
        window: 'MINUTE',
        max: Math.min(usualRequests, rate?.max ?? usualRequests),
        mode: 'ENFORCE',
      },
    ],
  }
}
