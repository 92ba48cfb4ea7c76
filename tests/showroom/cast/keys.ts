// The two hundred keys: who has them, how they are limited, how they are used, and what becomes of them.
import { chanceOf } from './chance.ts'
import { OWNERS } from './owners.ts'
import type { PlannedKey } from './planned-key.ts'
import { SPECIAL_KEYS } from './special-keys.ts'

const ENVIRONMENTS = ['prod', 'staging', 'dev'] as const
const KEYS = 200

/** All keys, by a seed: first those that have a story of their own, then those of the owners' applications. */
export function plannedKeys(seed: number): PlannedKey[] {
  const chance = chanceOf(seed ^ 0x6b657973)
  const others = OWNERS.flatMap((owner, at) =>
    owner.applications.flatMap((application) =>
      ENVIRONMENTS.map((environment) => ({ owner, at, application, environment })),
    ),
  )
  const ordinary = others.slice(0, KEYS - SPECIAL_KEYS.length).map((one, n): PlannedKey => {
    const { owner, at, application, environment } = one
    const share = { prod: 1, staging: 0.12, dev: 0.05 }[environment]
    return {
      name: `${application}-${environment}`,
      owner: at,
      labels: [{ name: 'env', value: environment }, ...owner.labels],
      policy: policyOf(environment, n),
      createdDaysBeforeEnd: chance.happens(0.55) ? chance.whole(95, 190) : chance.whole(8, 88),
      expiresDaysAfterEnd: expiryOf(n, environment),
      // A few keys do most of the calls.
      weight: (owner.weight * share * chance.around(1, 1)) / owner.applications.length,
      rhythm:
        environment === 'prod' ? chance.pick(['OFFICE', 'OFFICE', 'ALWAYS', 'NIGHT'] as const) : 'OFFICE',
      models: owner.models,
      size: owner.size * chance.around(1, 0.4),
      userAgent: owner.userAgent,
      network: `10.${20 + at}.${ENVIRONMENTS.indexOf(environment) * 8 + (n % 8)}`,
      features: environment === 'prod' ? [`${application}-v1`, `${application}-v2`] : [],
    }
  })
  return [...SPECIAL_KEYS, ...ordinary.map((key, n) => madeBefore(withFate(key, n)))]
}

/** Half of the keys have rules; what they are depends on the environment. */
function policyOf(environment: (typeof ENVIRONMENTS)[number], n: number): Record<string, unknown> | null {
  if (n % 5 === 3) return null
  if (environment === 'dev')
    return {
      models: { allow: ['gpt-5-mini', 'gpt-4o-mini', 'gemini-*', 'text-embedding-*', 'llama-*', 'qwen*'] },
      budgets: [{ window: 'MONTH', limitUsd: '5', warnAtPercent: 80 }],
      limits: [{ unit: 'REQUESTS', window: 'MINUTE', max: 20 }],
    }
  if (environment === 'staging')
    return {
      limits: [{ unit: 'REQUESTS', window: 'DAY', max: 400, mode: n % 2 === 0 ? 'SHADOW' : 'ENFORCE' }],
      budgets: [{ window: 'WEEK', limitUsd: '10', warnAtPercent: 80, unpriced: 'ALLOW' }],
    }
  return {
    limits: [
      { unit: 'REQUESTS', window: 'MINUTE', max: 300 },
      { unit: 'TOKENS', window: 'DAY', max: 40_000_000 },
    ],
    budgets: [{ window: 'MONTH', limitUsd: String(60 + (n % 7) * 40), warnAtPercent: 80, unpriced: 'ALLOW' }],
    ...(n % 3 === 0 && { concurrency: { maxCalls: 50 } }),
    ...(n % 11 === 0 && { capture: 'ERRORS' }),
  }
}

function expiryOf(n: number, environment: (typeof ENVIRONMENTS)[number]): number | null {
  if (n % 23 === 4) return 1 + (n % 6)
  if (n % 31 === 9) return -(2 + (n % 9))
  return environment === 'prod' && n % 2 === 0 ? null : 20 + (n % 300)
}

/** What becomes of some of them, so that every state of a key occurs several times. */
function withFate(key: PlannedKey, n: number): PlannedKey {
  if (n % 37 === 5) return { ...key, disabledDaysBeforeEnd: 2 + (n % 11) }
  if (n % 29 === 7) return { ...key, revokedDaysBeforeEnd: 1 + (n % 20) }
  if (n % 13 === 6) return { ...key, weight: 0, createdDaysBeforeEnd: 95 + (n % 60) }
  if (n % 17 === 8) return { ...key, idleDaysBeforeEnd: 32 + (n % 20) }
  if (n % 19 === 3) return { ...key, rotation: { daysBeforeEnd: 4 + (n % 40), graceDays: 2, oldShare: 0.05 } }
  return key
}

/** A key is made before anything becomes of it. */
function madeBefore(key: PlannedKey): PlannedKey {
  const days = [
    key.disabledDaysBeforeEnd ?? 0,
    key.revokedDaysBeforeEnd ?? 0,
    key.idleDaysBeforeEnd ?? 0,
    key.rotation?.daysBeforeEnd ?? 0,
    -(key.expiresDaysAfterEnd ?? 0),
  ]
  return { ...key, createdDaysBeforeEnd: Math.max(key.createdDaysBeforeEnd, Math.max(...days) + 3) }
}
