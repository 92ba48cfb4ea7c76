// What calls of some endpoints used, in groups.
import { badInput } from '../../domain/admin-errors.ts'
import {
  type EndpointUsage,
  type EndpointUsageQuery,
  hasMoreLogsThan,
  readEndpointUsage as read,
} from '../../store/queries/organization/endpoint-usage.ts'
import type { ControlPlane } from '../control-plane.ts'

export type {
  EndpointUsage,
  EndpointUsageQuery,
  GroupColumn,
} from '../../store/queries/organization/endpoint-usage.ts'

/** Request logs of a range: a second of the thread for long reads, on SQLite. */
export const USAGE_LOGS_MAX = 1_000_000
const GROUPS_MAX = 10_000

/** Throws BAD_USER_INPUT where the range has too many request logs, or too many groups. */
export async function readEndpointUsage(
  plane: ControlPlane,
  query: EndpointUsageQuery,
): Promise<EndpointUsage[]> {
  await plane.ledger.settled()
  if (await hasMoreLogsThan(plane.store, USAGE_LOGS_MAX, query))
    throw badInput(
      'start_time',
      `There are more than ${USAGE_LOGS_MAX} request logs in this range. Ask for a shorter one, or for fewer buckets by limit; GraphQL's usageSeries reads totals of any range.`,
    )
  const rows = await read(plane.store, query, GROUPS_MAX + 1)
  if (rows.length > GROUPS_MAX)
    throw badInput(
      'group_by',
      `There are more than ${GROUPS_MAX} groups. Group by less, or ask for fewer buckets.`,
    )
  return rows
}
