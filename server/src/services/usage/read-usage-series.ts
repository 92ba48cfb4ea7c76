// Usage over time, in labelled groups.

import { badInput } from '../../domain/admin-errors.ts'
import type { Actor } from '../../domain/admins/actor.ts'
import {
  ALL_POINTS_MAX,
  POINTS_MAX,
  readUsageSeries as read,
  type SeriesQuery,
  TooManyPoints,
  type UsageGroup,
} from '../../ledger/usage/usage-series.ts'
import type { ControlPlane } from '../control-plane.ts'
import { type Labelled, labelsOf } from '../logs/value-labels.ts'
import { requireUsageWithin } from '../owners/within-owners.ts'

export type UsageSeriesQuery = Omit<SeriesQuery, 'nowMs'>
export type LabelledUsageGroup = Labelled & Omit<UsageGroup, 'value'>

/**
 * The groups with the most calls, each over time. Throws BAD_USER_INPUT for a dimension that one key's rollups do not keep,
 * and for a range of more points than one group or all of them may have.
 */
export async function readUsageSeries(
  plane: ControlPlane,
  actor: Actor,
  query: UsageSeriesQuery,
): Promise<LabelledUsageGroup[]> {
  if (query.apiKeyId !== undefined && query.groupBy !== null && query.groupBy !== 'MODEL') {
    throw badInput('groupBy', 'groupBy: the calls of one key can be grouped by MODEL only, or not at all.')
  }
  if (query.label !== undefined && query.groupBy !== 'LABEL')
    throw badInput('label', 'label goes with groupBy: LABEL alone.')
  if (query.timeZone !== undefined && (query.utcOffsetMinutes ?? 0) !== 0) {
    throw badInput('timeZone', 'timeZone: send either timeZone or utcOffsetMinutes, not both.')
  }
  await requireUsageWithin(plane, actor, query.apiKeyId)
  await plane.ledger.settled()
  const groups = await read(plane.store, { ...query, nowMs: plane.clock() }).catch((error: unknown) => {
    throw error instanceof TooManyPoints ? tooMany(error, query) : error
  })
  const label = await labelsOf(
    plane,
    query.groupBy,
    groups.map(({ value }) => value),
  )
  const labelled = query.groupBy === null ? () => ({ key: null, label: 'all' }) : label
  return groups.map(({ value, ...group }) => ({ ...labelled(value), ...group }))
}

function tooMany({ points, groups }: TooManyPoints, { bucket }: UsageSeriesQuery) {
  const unit = `${bucket.toLowerCase()}s`
  const orDays = bucket === 'HOUR' ? ', or for bucket: DAY' : ''
  if (points > POINTS_MAX) {
    const fitting = bucket === 'HOUR' ? POINTS_MAX / 24 : POINTS_MAX
    return badInput(
      'range',
      `range holds ${points} ${unit}; a group may have at most ${POINTS_MAX} points. Ask for at most ${fitting} days${orDays}.`,
    )
  }
  return badInput(
    'range',
    `range holds ${points} ${unit} in each of ${groups} groups; all groups may have at most ${ALL_POINTS_MAX} points. Ask for at most ${Math.floor(ALL_POINTS_MAX / groups)} ${unit}, for first: ${Math.floor(ALL_POINTS_MAX / points)}${orDays}.`,
  )
}
