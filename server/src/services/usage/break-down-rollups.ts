// Usage by value from rollups: by one value, or by the pairs that rollups hold, two of the model, the key, its owner and its label.
import type { Actor } from '../../domain/admins/actor.ts'
import { apiKeyNumberFrom } from '../../domain/keys/api-key-id.ts'
import type { UsagePart } from '../../domain/usage/rollup-changes.ts'
import { type Hours, hoursBefore, partsOf } from '../../ledger/usage/usage-range.ts'
import { sumByValue, type ValueOf } from '../../store/queries/usage/usage-by-value.ts'
import { type PairValue, sumPairs } from '../../store/queries/usage/usage-pairs.ts'
import type { ControlPlane } from '../control-plane.ts'
import { labelsOf } from '../logs/value-labels.ts'
import type {
  BreakdownQuery,
  UsageBreakdown,
  UsageGrouping,
  UsageOrder,
  UsageShare,
} from './usage-breakdown.ts'

/** The groups of `hours`, each beside the totals of the period before; of the keys of these owners, null: of all. */
export async function breakDownRollups(
  plane: ControlPlane,
  owners: Actor['owners'],
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
  const named = await labelsOf(plane, by, values)
  const page = { rank, first: firstWithin }
  const inner =
    within === null || (by === 'KEY' && within === 'MODEL')
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

/** By what of a key it is grouped; null: by nothing of a key. */
function keysAs(
  by: UsageGrouping | null,
  label: string | null,
): Exclude<PairValue, { kind: 'MODEL' }> | null {
  if (by === 'LABEL') return { kind: 'LABEL', name: label ?? '' }
  return by === 'KEY' || by === 'OWNER' ? { kind: by } : null
}

/** What is within each value. */
async function pairsOf(
  plane: ControlPlane,
  owners: Actor['owners'],
  { by, label, within }: Pick<BreakdownQuery, 'by' | 'label' | 'within'>,
  values: string[],
  hours: Hours,
  page: { rank: UsageOrder; first: number },
): Promise<Map<string, UsageShare[]>> {
  const [outer, inner] = [by, within].map((of): PairValue => keysAs(of, label) ?? { kind: 'MODEL' })
  if (outer === undefined || inner === undefined) return new Map()
  const isOfModels = outer.kind === 'MODEL' || inner.kind === 'MODEL'
  const partsIn = (range: Hours): UsagePart[] =>
    isOfModels ? [{ kind: 'KEY_MODEL_HOUR', ...range }] : partsOf('KEY', range)
  const pairs = await sumPairs(plane.store, {
    parts: partsIn(hours),
    before: partsIn(hoursBefore(hours)),
    outer,
    inner,
    values,
    owners,
    ...page,
  })
  const named = await labelsOf(
    plane,
    within,
    pairs.map(({ inner }) => inner),
  )
  const shares = new Map<string, UsageShare[]>(values.map((value) => [value, []]))
  for (const { value, inner, totals, before } of pairs)
    shares.get(value)?.push({ ...named(inner), totals, before })
  return shares
}

/** The models of one key. */
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
  const named = await labelsOf(plane, 'MODEL', [])
  return sums.map(({ value, totals, before }) => ({ ...named(value), totals, before }))
}
