// /v1/organization/costs: what calls cost by day, by API key or by line item, which is the model that was asked for.
import { badInput } from '../../domain/admin-errors.ts'
import { DELETED_KEYS, type UsageDimension } from '../../domain/usage/rollup.ts'
import { readUsageSeries } from '../../services/usage/read-usage-series.ts'
import { listParameter, type OrganizationCall, onlyKnown, refuseRestricted } from './organization-call.ts'
import { bucketPage, readBuckets } from './usage-buckets.ts'

const PARAMETERS = ['start_time', 'end_time', 'bucket_width', 'limit', 'page', 'group_by']
const NANO = 1_000_000_000
/** Groups with the highest cost. */
const GROUPS_MAX = 100

type Cost = { bucket: number; key: string | null; costNanoUsd: number; calls: number }

/** Amounts are US dollars. Calls whose cost is not known add nothing. */
export async function costs({ plane, actor, query }: OrganizationCall) {
  refuseRestricted(actor)
  onlyKnown(query, PARAMETERS)
  const page = readBuckets(query, ['1d'], plane.clock())
  const groupBy = dimensionOf(listParameter(query, 'group_by') ?? [])
  const groups =
    page.fromMs >= page.toMs
      ? []
      : await readUsageSeries(plane, actor, {
          fromMs: page.fromMs,
          toMs: page.toMs,
          bucket: 'DAY',
          groupBy,
          first: Math.min(
            GROUPS_MAX,
            Math.floor(6_000 / Math.max(1, (page.toMs - page.fromMs) / page.bucketMs)),
          ),
          rank: 'COST',
        })
  const rows: Cost[] = groups.flatMap(({ key, points }) =>
    points.map(({ atMs, totals }) => ({
      bucket: Math.floor((atMs - page.fromMs) / page.bucketMs),
      key: groupBy === null ? null : key,
      costNanoUsd: totals.costNanoUsd,
      calls: totals.calls,
    })),
  )
  return bucketPage(
    page,
    rows,
    ({ bucket }) => bucket,
    (row) => ({
      object: 'organization.costs.result',
      amount: { value: row.costNanoUsd / NANO, currency: 'usd' },
      line_item: groupBy === 'MODEL' ? row.key : null,
      project_id: null,
      user_id: null,
      api_key_id: groupBy === 'KEY' && row.key !== DELETED_KEYS ? row.key : null,
      quantity: null,
      quantity_unit: null,
    }),
  )
}

function dimensionOf(groupBy: string[]): UsageDimension | null {
  const [name] = groupBy
  if (name === undefined) return null
  if (groupBy.length === 1 && name === 'line_item') return 'MODEL'
  if (groupBy.length === 1 && name === 'api_key_id') return 'KEY'
  throw badInput('group_by', 'group_by must be one of line_item, api_key_id.')
}
