// /v1/organization/projects/{id}/rate_limits and …/spend_limit: what all keys of an owner may use together.
import { AdminError, badInput } from '../../domain/admin-errors.ts'
import { storedPolicy } from '../../domain/policy/input/stored-policy.ts'
import {
  type Budget,
  type KeyPolicy,
  POLICY_MAX,
  type RateLimit,
  UNRESTRICTED,
} from '../../domain/policy/key-policy.ts'
import { updateOwner } from '../../services/owners/write-owner.ts'
import { valueOrThrow } from '../response.ts'
import {
  listOf,
  type OrganizationCall,
  onlyMembers,
  PAGE_LIMIT,
  wholeParameter,
} from './organization-call.ts'
import { existingProject, ownerOf } from './organization-owners.ts'

/** OpenAI has no value for a limit that is not there. This one says so, and removes a limit where it is sent. */
export const NO_LIMIT = POLICY_MAX.limit
/** Of one change by several clients at once: each reads what the other wrote. */
const ATTEMPTS = 5

type Slot = Pick<RateLimit, 'unit' | 'window'>
const SLOTS = {
  max_requests_per_1_minute: { unit: 'REQUESTS', window: 'MINUTE' },
  max_tokens_per_1_minute: { unit: 'TOKENS', window: 'MINUTE' },
  max_requests_per_1_day: { unit: 'REQUESTS', window: 'DAY' },
} as const satisfies Record<string, Slot>
type SlotName = keyof typeof SLOTS

/** First that of all models together, then each that has limits of its own, then every model of the gateway. */
export async function listRateLimits({ plane, actor, ids: [id = ''], query }: OrganizationCall) {
  const limit = wholeParameter(query, 'limit', PAGE_LIMIT)
  const policy = storedPolicy((await ownerOf(plane, actor, id)).policy)
  const limited = (policy?.limits ?? []).flatMap(({ model }) => (model === null ? [] : [model]))
  const rows = [null, ...new Set([...limited, ...plane.server.models()])].map((model) =>
    rateLimit(policy, model),
  )
  const [after, before] = ['after', 'before'].map((name) => placeOf(rows, query, name))
  if (before !== null && before !== undefined) {
    const from = Math.max(0, before - limit)
    return listOf(rows.slice(from, before), from > 0)
  }
  const from = after === null || after === undefined ? 0 : after + 1
  return listOf(rows.slice(from, from + limit), from + limit < rows.length)
}

/** Changes the limits that the body has; they hold from the next call on. */
export async function updateRateLimit(call: OrganizationCall) {
  const model = modelIn(call.ids[1] ?? '')
  const body = onlyMembers(await call.json(), Object.keys(SLOTS))
  const wanted = (Object.keys(SLOTS) as SlotName[]).flatMap((name) =>
    body[name] === undefined ? [] : [{ ...SLOTS[name], max: wholeMember(body, name, NO_LIMIT) }],
  )
  const policy = await changePolicy(call, (before) => ({
    ...before,
    limits: [
      ...before.limits.filter((rule) => !wanted.some((slot) => isIn(rule, slot, model))),
      ...wanted
        .filter(({ max }) => max < NO_LIMIT)
        .map((slot) => ({ ...slot, model, mode: 'ENFORCE' as const })),
    ],
  }))
  return rateLimit(policy, model)
}

/** The budget of a calendar month for all models. Throws NOT_FOUND where there is none. */
export async function retrieveSpendLimit({ plane, actor, ids: [id = ''] }: OrganizationCall) {
  const owner = await existingProject(plane, actor, id)
  const budget = storedPolicy(owner?.policy ?? null)?.budgets.find(isMonthly)
  if (budget === undefined) throw noSpendLimit()
  return spendLimit(budget)
}

/** Sets it. The budget's time zone and warning stay as they are. */
export async function updateSpendLimit(call: OrganizationCall) {
  const body = onlyMembers(await call.json(), ['threshold_amount', 'currency', 'interval'])
  if (body.currency !== 'USD') throw badInput('currency', 'currency must be USD.')
  if (body.interval !== 'month') throw badInput('interval', 'interval must be month.')
  const cents = wholeMember(body, 'threshold_amount', POLICY_MAX.usd * 100)
  const limitUsd = `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`
  const policy = await changePolicy(call, (before) => {
    const fresh = {
      window: 'MONTH',
      timeZone: 'UTC',
      warnAtPercent: null,
      model: null,
      unpriced: 'DENY',
    } as const
    const budget: Budget = { ...fresh, ...before.budgets.find(isMonthly), limitUsd, mode: 'ENFORCE' }
    return { ...before, budgets: [...before.budgets.filter((one) => !isMonthly(one)), budget] }
  })
  const budget = policy?.budgets.find(isMonthly)
  if (budget === undefined) throw new AdminError('INTERNAL')
  return spendLimit(budget)
}

/** Removes the budgets of a calendar month; NOT_FOUND where there is none. */
export async function deleteSpendLimit(call: OrganizationCall) {
  await changePolicy(call, (before) => {
    if (!before.budgets.some(isMonthly)) throw noSpendLimit()
    return { ...before, budgets: before.budgets.filter((one) => !isMonthly(one)) }
  })
  return { object: 'project.spend_limit.deleted', deleted: true }
}

/** Reads, changes and writes the policy of a project, and again where somebody else has written meanwhile. */
async function changePolicy(
  { plane, actor, ids: [id = ''] }: OrganizationCall,
  change: (before: KeyPolicy) => KeyPolicy,
): Promise<KeyPolicy | null> {
  for (let attempt = 1; ; attempt++) {
    const owner = await ownerOf(plane, actor, id)
    const policy = change(storedPolicy(owner.policy) ?? UNRESTRICTED)
    const result = await updateOwner(plane, actor, {
      number: owner.id,
      policy,
      expectedVersion: owner.version,
    })
    const isStale = !result.ok && result.errors.some(({ code }) => code === 'STALE')
    if (!isStale || attempt === ATTEMPTS) return storedPolicy(valueOrThrow(result).policy)
  }
}

function isIn(rule: RateLimit, { unit, window }: Slot, model: string | null): boolean {
  return (
    rule.mode === 'ENFORCE' &&
    rule.unit === unit &&
    rule.window === window &&
    rule.model?.toLowerCase() === model?.toLowerCase()
  )
}

function rateLimit(policy: KeyPolicy | null, model: string | null) {
  const maxOf = (slot: Slot) => policy?.limits.find((rule) => isIn(rule, slot, model))?.max
  const aDay = maxOf(SLOTS.max_requests_per_1_day)
  return {
    object: 'project.rate_limit',
    id: rateLimitId(model),
    model: model ?? '*',
    max_requests_per_1_minute: maxOf(SLOTS.max_requests_per_1_minute) ?? NO_LIMIT,
    max_tokens_per_1_minute: maxOf(SLOTS.max_tokens_per_1_minute) ?? NO_LIMIT,
    ...(aDay === undefined ? {} : { max_requests_per_1_day: aDay }),
  }
}

// A model's name may hold a slash, which no path segment may.
const MODEL_ID = /^rl_m_([\w-]{1,1100})$/

function rateLimitId(model: string | null): string {
  return model === null ? 'rl_all' : `rl_m_${Buffer.from(model).toString('base64url')}`
}

function modelIn(id: string): string | null {
  if (id === 'rl_all') return null
  const encoded = MODEL_ID.exec(id)?.[1]
  if (encoded === undefined) throw new AdminError('NOT_FOUND', 'There is no rate limit with this id.')
  return Buffer.from(encoded, 'base64url').toString('utf8')
}

function placeOf(rows: { id: string }[], query: URLSearchParams, name: string): number | null {
  const id = query.get(name)
  if (id === null) return null
  const at = rows.findIndex((row) => row.id === id)
  if (at === -1) throw badInput(name, `${name} must be the id of a rate limit of this project.`)
  return at
}

function isMonthly({ window, model, mode }: Budget): boolean {
  return window === 'MONTH' && model === null && mode === 'ENFORCE'
}

function spendLimit({ limitUsd }: Budget) {
  return {
    object: 'project.spend_limit',
    threshold_amount: Number((Number(limitUsd) * 100).toFixed(7)),
    currency: 'USD',
    interval: 'month',
    enforcement: { status: 'enforcing' },
  }
}

function noSpendLimit(): AdminError {
  return new AdminError('NOT_FOUND', 'This project has no spend limit.')
}

function wholeMember(body: Record<string, unknown>, name: string, max: number): number {
  const value = body[name]
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max) return value
  throw badInput(name, `${name} must be a whole number from 1 to ${max}.`)
}
