// /v1/organization/costs: what calls cost by day, by project, API key or line item, which is the model that was asked for.
import { DELETED_KEYS, type UsageDimension } from '../../domain/usage/rollup.ts'
import { readEndpointUsage } from '../../services/usage/read-endpoint-usage.ts'
import { readUsageSeries } from '../../services/usage/read-usage-series.ts'
import { type OrganizationCall, refuseRestricted } from './organization-call.ts'
import { columnsOf, filterIn, type Group, groupsIn, labelsOfRow } from './organization-usage.ts'
import { type BucketPage, bucketPage, readBuckets } from './usage-buckets.ts'

const GROUPS: readonly Group[] = ['project_id', 'user_id', 'line_item', 'api_key_id']
const NANO = 1_000_000_000
/** Groups with the highest cost. */
const GROUPS_MAX = 100

type Cost = { bucket: number; costNanoUsd: number; labels: object }

/**
 * Amounts are US dollars. Calls whose cost is not known add nothing. Rollups tell all costs, those of each key and those of each
 * model, and are kept longer than request logs, which tell everything else.
 */
export async function costs({ plane, actor, query }: OrganizationCall) {
  refuseRestricted(actor)
  const page = readBuckets(query, ['1d'], plane.clock())
  const groups = groupsIn(query, GROUPS)
  const filter = filterIn(query)
  const rows: Cost[] = []
  if (filter !== null && page.fromMs < page.toMs) {
    const dimension = dimensionOf(groups)
    if (dimension === undefined || Object.keys(filter).length > 0) {
      const found = await readEndpointUsage(plane, { ...page, ...filter, groupBy: columnsOf(groups) })
      for (const row of found)
        rows.push({
          bucket: row.bucket,
          costNanoUsd: row.costNanoUsd,
          labels: labelsOfRow(row, groups, true),
        })
    } else rows.push(...(await costsOfRollups({ plane, actor }, page, dimension)))
  }
  return bucketPage(
    page,
    rows,
    ({ bucket }) => bucket,
    ({ costNanoUsd, labels }) => ({
      object: 'organization.costs.result',
      amount: { value: costNanoUsd / NANO, currency: 'usd' },
      line_item: null,
      quantity: null,
      quantity_unit: null,
      ...labels,
    }),
  )
}

async function costsOfRollups(
  { plane, actor }: Pick<OrganizationCall, 'plane' | 'actor'>,
  page: BucketPage,
  groupBy: UsageDimension | null,
): Promise<Cost[]> {
  const groups = await readUsageSeries(plane, actor, {
    fromMs: page.fromMs,
    toMs: page.toMs,
    bucket: 'DAY',
    groupBy,
    first: Math.min(GROUPS_MAX, Math.floor(6_000 / Math.max(1, (page.toMs - page.fromMs) / page.bucketMs))),
    rank: 'COST',
  })
  return groups.flatMap(({ key, points }) => {
    const labels = {
      line_item: groupBy === 'MODEL' ? key : null,
      project_id: null,
      user_id: null,
      api_key_id: groupBy === 'KEY' && key !== DELETED_KEYS ? key : null,
    }
    return points.map(({ atMs, totals }) => ({
      bucket: Math.floor((atMs - page.fromMs) / page.bucketMs),
      costNanoUsd: totals.costNanoUsd,
      labels,
    }))
  })
}

/** What rollups are by; undefined: they are not by these groups. */
function dimensionOf(groups: readonly Group[]): UsageDimension | null | undefined {
  const [group, ...others] = groups.filter((one) => one !== 'user_id')
  if (group === undefined) return null
  if (others.length > 0) return undefined
  if (group === 'line_item') return 'MODEL'
  return group === 'api_key_id' ? 'KEY' : undefined
}
