// Usage by one value or by two at once, ranked, beside that of the period before.
import { AdminError, badInput } from '../../domain/admin-errors.ts'
import type { Actor } from '../../domain/admins/actor.ts'
import { apiKeyNumberFrom } from '../../domain/keys/api-key-id.ts'
import { ownerId } from '../../domain/owners/owner.ts'
import { HOUR_MS } from '../../domain/time.ts'
import { emptyRollup, ROLLUP_TOTALS, type RollupTotals } from '../../domain/usage/rollup.ts'
import type { UsagePart } from '../../domain/usage/rollup-changes.ts'
import { requestIdTimeMs } from '../../domain/uuid.ts'
import { scanEnd } from '../../ledger/logs/request-log-search.ts'
import { type Hours, hoursOf, partsOf } from '../../ledger/usage/usage-range.ts'
import {
  type LoggedTotals,
  type LoggedValue,
  sumByValue,
  sumLogs,
  type UsageOrder,
  type ValueOf,
} from '../../store/queries/usage/usage-by-value.ts'
import { firstRollupHour } from '../../store/queries/usage.ts'
import type { ControlPlane } from '../control-plane.ts'
import { type Labelled, labelsOf } from '../logs/value-labels.ts'

export { USAGE_RANKS, type UsageOrder } from '../../store/queries/usage/usage-by-value.ts'

/** OWNER and LABEL are those that keys have now. */
export const USAGE_GROUPINGS = [
  'MODEL',
  'KEY',
  'UPSTREAM',
  'ENDPOINT',
  'OUTCOME',
  'OWNER',
  'LABEL',
  'ERROR_CODE',
] as const
export type UsageGrouping = (typeof USAGE_GROUPINGS)[number]

export type BreakdownQuery = {
  fromMs: number | null
  toMs: number | null
  by: UsageGrouping
  /** The name of the label; for LABEL alone. */
  label: string | null
  within: UsageGrouping | null
  first: number
  firstWithin: number
  rank: UsageOrder
}

export type UsageShare = Labelled & {
  totals: RollupTotals
  /** Of the period before, which is as long; null where only the request logs tell. */
  before: RollupTotals | null
}
export type UsageBreakdown = {
  /** What the figures cover: the range in whole hours. */
  fromMs: number
  toMs: number
  /** False where there are so many request logs in the range that only the newest were counted, from `countedFromMs` on. */
  complete: boolean
  countedFromMs: number
  groups: (UsageShare & { within: UsageShare[] })[]
}

const LOGGED: Partial<Record<UsageGrouping, LoggedValue>> = {
  MODEL: 'requestedModel',
  KEY: 'apiKeyId',
  UPSTREAM: 'upstream',
  ENDPOINT: 'endpoint',
  OUTCOME: 'outcome',
  ERROR_CODE: 'errorCode',
}
const BY_KEY: UsageGrouping[] = ['KEY', 'OWNER', 'LABEL']

/**
 * Rollups tell one value, and the models of a key, at any number of calls. All other pairs, and error codes, are counted in the newest 200,000 request
 * logs of the range. Throws BAD_USER_INPUT for a pair that cannot be told, and FORBIDDEN where an actor who is restricted to owners asks for more
 * than their keys.
 */
export async function breakDownUsage(
  plane: ControlPlane,
  actor: Actor,
  query: BreakdownQuery,
): Promise<UsageBreakdown> {
  const { by, within, label } = query
  if ((by === 'LABEL') !== (label !== null))
    throw badInput('label', 'label goes with by: LABEL, and is required there.')
  const byRollups = by !== 'ERROR_CODE' && (within === null || (by === 'KEY' && within === 'MODEL'))
  if (actor.owners !== null && !(byRollups && BY_KEY.includes(by))) {
    throw new AdminError(
      'FORBIDDEN',
      'You see the usage of the keys of some owners alone: ask for by: API_KEY, OWNER or LABEL.',
    )
  }
  await plane.ledger.settled()
  const hours = await closedHours(plane, query)
  const covered = { fromMs: hours.from * HOUR_MS, toMs: hours.to * HOUR_MS }
  const whole = { ...covered, complete: true, countedFromMs: covered.fromMs }
  if (hours.from >= hours.to) return { ...whole, groups: [] }
  if (byRollups) return { ...whole, groups: await groupsOfRollups(plane, actor, query, hours) }
  const [outer, inner] = [LOGGED[by], within === null ? null : LOGGED[within]]
  if (outer === undefined || inner === undefined || outer === inner) {
    throw badInput(
      'within',
      'within: of two values at once, neither may be OWNER or LABEL, and they must differ.',
    )
  }
  const end = await scanEnd(plane.store, covered, { limit: 1 })
  const sums = await sumLogs(plane.store, { by: outer, within: inner, ...covered, end })
  return {
    ...covered,
    complete: end === null,
    countedFromMs: end === null ? covered.fromMs : requestIdTimeMs(end),
    groups: await groupsOfLogs(plane, query, sums),
  }
}

/** A page of what each key used, in the order of the rank; `after`: the last one of the page before. */
export async function usageByKey(
  plane: ControlPlane,
  actor: Actor,
  query: Pick<BreakdownQuery, 'fromMs' | 'toMs' | 'first' | 'rank'> & {
    after?: { rank: number; value: string }
  },
): Promise<(UsageShare & { value: string; rank: number })[]> {
  await plane.ledger.settled()
  const hours = await closedHours(plane, query)
  if (hours.from >= hours.to) return []
  const { rank, first, after } = query
  const sums = await sumByValue(plane.store, {
    parts: partsOf('KEY', hours),
    before: partsOf('KEY', hoursBefore(hours)),
    apiKeyId: 0,
    valuesAre: { kind: 'KEY' },
    owners: actor.owners,
    rank,
    first,
    ...(after !== undefined && { after }),
  })
  const named = await namesOf(
    plane,
    'KEY',
    sums.map(({ value }) => value),
  )
  return sums.map((sum) => ({ ...sum, ...named(sum.value) }))
}

async function groupsOfRollups(
  plane: ControlPlane,
  { owners }: Actor,
  { by, label, within, first, firstWithin, rank }: BreakdownQuery,
  hours: Hours,
): Promise<UsageBreakdown['groups']> {
  const dimension = by === 'OWNER' || by === 'LABEL' || by === 'ERROR_CODE' ? 'KEY' : by
  const valuesAre: ValueOf =
    by === 'LABEL'
      ? { kind: 'LABEL', name: label ?? '' }
      : { kind: by === 'KEY' || by === 'OWNER' ? by : 'ITSELF' }
  const sums = await sumByValue(plane.store, {
    parts: partsOf(dimension, hours),
    before: partsOf(dimension, hoursBefore(hours)),
    apiKeyId: 0,
    valuesAre,
    owners,
    rank,
    first,
  })
  const named = await namesOf(
    plane,
    by,
    sums.map(({ value }) => value),
  )
  const groups: UsageBreakdown['groups'] = []
  for (const { value, totals, before } of sums) {
    const number = within === null ? null : apiKeyNumberFrom(value)
    const models = number === null ? [] : await modelsOf(plane, number, hours, { rank, first: firstWithin })
    groups.push({ ...named(value), totals, before, within: models })
  }
  return groups
}

async function modelsOf(
  plane: ControlPlane,
  keyNumber: number,
  hours: Hours,
  page: { rank: UsageOrder; first: number },
): Promise<UsageShare[]> {
  const part = (range: Hours): UsagePart[] => [{ kind: 'KEY_MODEL_HOUR', ...range }]
  const sums = await sumByValue(plane.store, {
    parts: part(hours),
    before: part(hoursBefore(hours)),
    apiKeyId: keyNumber,
    valuesAre: { kind: 'ITSELF' },
    owners: null,
    ...page,
  })
  const named = await namesOf(plane, 'MODEL', [])
  return sums.map(({ value, totals, before }) => ({ ...named(value), totals, before }))
}

async function groupsOfLogs(
  plane: ControlPlane,
  { by, within, first, firstWithin, rank }: BreakdownQuery,
  sums: LoggedTotals[],
): Promise<UsageBreakdown['groups']> {
  const byValue = new Map<string, { totals: RollupTotals; inner: LoggedTotals[] }>()
  for (const sum of sums) {
    const known = byValue.get(sum.value) ?? { totals: nothing(), inner: [] }
    for (const name of ROLLUP_TOTALS) known.totals[name] += sum.totals[name]
    known.inner.push(sum)
    byValue.set(sum.value, known)
  }
  const groups = [...byValue]
    .sort(([, a], [, b]) => rankOf(b.totals, rank) - rankOf(a.totals, rank))
    .slice(0, first)
  const named = await namesOf(
    plane,
    by,
    groups.map(([value]) => value),
  )
  const inner = groups.map(([, group]) =>
    group.inner.sort((a, b) => rankOf(b.totals, rank) - rankOf(a.totals, rank)).slice(0, firstWithin),
  )
  const namedWithin = await namesOf(
    plane,
    within,
    inner.flat().map((sum) => sum.inner),
  )
  return groups.map(([value, { totals }], at) => ({
    ...named(value),
    totals,
    before: null,
    within:
      within === null
        ? []
        : (inner[at] ?? []).map((sum) => ({ ...namedWithin(sum.inner), totals: sum.totals, before: null })),
  }))
}

/** Of the request logs nothing before is known: a change is all there is. */
function rankOf(totals: RollupTotals, rank: UsageOrder): number {
  if (rank === 'UNPRICED') return totals.unpricedCalls
  if (rank === 'CACHE_SAVED') return totals.cacheSavedNanoUsd
  return rank === 'COST' || rank === 'COST_CHANGE' ? totals.costNanoUsd : totals.calls
}

function nothing(): RollupTotals {
  const { durations, firstTokens, ...totals } = emptyRollup()
  return totals
}

async function namesOf(
  plane: ControlPlane,
  by: UsageGrouping | null,
  values: string[],
): Promise<(value: string) => Labelled> {
  if (by !== 'OWNER') {
    // Calls without a known key.
    const known = values.filter((value) => value !== '')
    const label = await labelsOf(plane, by === 'KEY' ? 'KEY' : 'MODEL', known)
    return (value) => (value === '' ? { key: null, label: 'none' } : label(value))
  }
  const numbers = values.flatMap((value) => apiKeyNumberFrom(value) ?? [])
  const owners = await plane.store.prisma.owner.findMany({ where: { id: { in: numbers } } })
  const names = new Map(owners.map(({ id, name }) => [String(id), name]))
  return (value) =>
    value === ''
      ? { key: null, label: 'none' }
      : { key: ownerId(Number(value)), label: names.get(value) ?? ownerId(Number(value)) }
}

async function closedHours(
  { store, clock }: ControlPlane,
  { fromMs, toMs }: { fromMs: number | null; toMs: number | null },
): Promise<Hours> {
  const hours = hoursOf({ fromMs, toMs: toMs ?? clock() })
  return fromMs === null ? { from: (await firstRollupHour(store)) ?? hours.to, to: hours.to } : hours
}

/** As many hours, directly before. */
function hoursBefore({ from, to }: Hours): Hours {
  return { from: Math.max(0, from - (to - from)), to: from }
}
