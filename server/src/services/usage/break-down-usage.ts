// Usage by one value or by two at once, ranked, beside that of the period before.
import { AdminError, badInput } from '../../domain/admin-errors.ts'
import type { Actor } from '../../domain/admins/actor.ts'
import { apiKeyNumberFrom } from '../../domain/keys/api-key-id.ts'
import type { RequestLogPage } from '../../domain/logs/request-log-query.ts'
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
import { type PairsQuery, sumPairs } from '../../store/queries/usage/usage-pairs.ts'
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
  'TAG',
  'ERROR_CODE',
] as const
export type UsageGrouping = (typeof USAGE_GROUPINGS)[number]

export type BreakdownQuery = {
  fromMs: number | null
  toMs: number | null
  by: UsageGrouping
  /** The name of the label; for LABEL alone. */
  label: string | null
  /** The name of the tags; for TAG alone; null: of any. */
  tag: string | null
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
const BY_KEY: (UsageGrouping | null)[] = ['KEY', 'OWNER', 'LABEL']
// A thread of its own reads one slice after the other, so that what others ask comes between.
const SLICES_MAX = 25
const SLICES_MS = 10_000
// Pairs that are kept: some 10 MB.
const PAIRS_MAX = 20_000

/**
 * Rollups tell one value, and pairs of model and key, owner or label, at any number of calls. All other pairs, and error codes, are counted in request
 * logs, slice by slice from the newest on: up to `slices` of 200,000, in some ten seconds. Throws BAD_USER_INPUT for a pair that cannot be told, and FORBIDDEN where an actor who is restricted to owners asks for more
 * than their keys.
 */
export async function breakDownUsage(
  plane: ControlPlane,
  actor: Actor,
  query: BreakdownQuery,
  slices: number = SLICES_MAX,
): Promise<UsageBreakdown> {
  const { by, within, label } = query
  if ((by === 'LABEL' || within === 'LABEL') !== (label !== null))
    throw badInput('label', 'label goes with LABEL, and is required there.')
  if (query.tag !== null && by !== 'TAG') throw badInput('tag', 'tag goes with by: TAG alone.')
  const isPairOfModel =
    (BY_KEY.includes(by) && within === 'MODEL') || (by === 'MODEL' && BY_KEY.includes(within))
  const byRollups = by !== 'ERROR_CODE' && (within === null || isPairOfModel)
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
      'within: OWNER and LABEL go with MODEL alone, TAG with no other value; the two must differ.',
    )
  }
  const { sums, stoppedAt } = await sumInSlices(plane, { by: outer, within: inner, ...covered }, slices)
  return {
    ...covered,
    complete: stoppedAt === null,
    countedFromMs: stoppedAt === null ? covered.fromMs : requestIdTimeMs(stoppedAt),
    groups: await groupsOfLogs(plane, query, sums),
  }
}

/** The request logs of a range, the newest first; `stoppedAt`: the id of the oldest that was counted, where there are more; null: all were. */
async function sumInSlices(
  { store }: ControlPlane,
  range: { by: LoggedValue; within: LoggedValue | null; fromMs: number; toMs: number },
  slices: number,
): Promise<{ sums: LoggedTotals[]; stoppedAt: string | null }> {
  const pairs = new Map<string, LoggedTotals>()
  const { fromMs, toMs } = range
  const beganMs = performance.now()
  let olderThan: string | null = null
  for (let slice = 1; ; slice++) {
    const page: RequestLogPage = { limit: 1, ...(olderThan !== null && { olderThan }) }
    const end: string | null = await scanEnd(store, { fromMs, toMs }, page)
    for (const sum of await sumLogs(store, { ...range, end, olderThan })) {
      const name = JSON.stringify([sum.value, sum.inner])
      const known = pairs.get(name)
      if (known === undefined) pairs.set(name, sum)
      else for (const total of ROLLUP_TOTALS) known.totals[total] += sum.totals[total]
    }
    const isOver = slice >= slices || pairs.size > PAIRS_MAX || performance.now() - beganMs > SLICES_MS
    if (end === null || isOver) return { sums: [...pairs.values()], stoppedAt: end }
    olderThan = end
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
  { by, label, tag, within, first, firstWithin, rank }: BreakdownQuery,
  hours: Hours,
): Promise<UsageBreakdown['groups']> {
  const dimension = by === 'OWNER' || by === 'LABEL' || by === 'ERROR_CODE' ? 'KEY' : by
  const valuesAre: ValueOf =
    by === 'TAG' ? { kind: 'TAG', name: tag } : (keysAs(by, label) ?? { kind: 'ITSELF' })
  const sums = await sumByValue(plane.store, {
    parts: partsOf(dimension, hours),
    before: partsOf(dimension, hoursBefore(hours)),
    apiKeyId: 0,
    valuesAre,
    owners,
    rank,
    first,
  })
  const values = sums.map(({ value }) => value)
  const named = await namesOf(plane, by, values)
  const page = { rank, first: firstWithin }
  const inner =
    within === null || by === 'KEY'
      ? null
      : await pairsOf(plane, owners, { by, label, within }, values, hours, page)
  const groups: UsageBreakdown['groups'] = []
  for (const { value, totals, before } of sums) {
    const number = within === null || inner !== null ? null : apiKeyNumberFrom(value)
    const models = number === null ? [] : await modelsOf(plane, number, hours, page)
    groups.push({ ...named(value), totals, before, within: inner?.get(value) ?? models })
  }
  return groups
}

/** What keys are taken for; null: the grouping is not by key. */
function keysAs(by: UsageGrouping | null, label: string | null): PairsQuery['keysAre'] | null {
  if (by === 'LABEL') return { kind: 'LABEL', name: label ?? '' }
  return by === 'KEY' || by === 'OWNER' ? { kind: by } : null
}

/** What is within each value, where one of the two is the model. */
async function pairsOf(
  plane: ControlPlane,
  owners: Actor['owners'],
  { by, label, within }: Pick<BreakdownQuery, 'by' | 'label' | 'within'>,
  values: string[],
  hours: Hours,
  page: { rank: UsageOrder; first: number },
): Promise<Map<string, UsageShare[]>> {
  const outer = by === 'MODEL' ? 'MODEL' : 'KEY'
  const keysAre = keysAs(by, label) ?? keysAs(within, label) ?? { kind: 'KEY' }
  const pairs = await sumPairs(plane.store, {
    hours,
    before: hoursBefore(hours),
    outer,
    keysAre,
    values,
    owners,
    ...page,
  })
  const named = await namesOf(
    plane,
    within,
    pairs.map(({ inner }) => inner),
  )
  const shares = new Map<string, UsageShare[]>(values.map((value) => [value, []]))
  for (const { value, inner, totals, before } of pairs)
    shares.get(value)?.push({ ...named(inner), totals, before })
  return shares
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
    const label = await labelsOf(plane, by === 'KEY' || by === 'TAG' ? by : 'MODEL', known)
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
