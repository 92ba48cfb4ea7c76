// One change of many keys, each by itself: the same rules, the same audit event and the same announcement as for one.
import type { Actor } from '../../../domain/admins/actor.ts'
import type { ApiKeyFilter } from '../../../domain/keys/api-key-query.ts'
import { failed, ok, type Result, type UserError } from '../../../domain/user-error.ts'
import type { ControlPlane } from '../../control-plane.ts'
import { dryRunOf } from '../../dry-run.ts'
import type { ApiKeyRow } from '../api-key-row.ts'
import { countApiKeys, findApiKeysByNumber, findSortedApiKeys } from '../find-api-keys.ts'

export const BULK_IDS_MAX = 500
/** Beyond it a request would outlast its client's patience. */
export const BULK_FILTER_MAX = 2_000

/** Keys by number, or all that match a filter, of which the client saw this many. */
export type KeySelection = { numbers: number[] } | { filter: ApiKeyFilter; expectedCount: number }

/** What became of one key; `apiKey` null: it is gone, or there was none. */
export type BulkItem = { number: number; apiKey: ApiKeyRow | null; changed: boolean; errors: UserError[] }
export type BulkResult = { items: BulkItem[]; changed: number }

/** Changes one key, as it is done by itself. `apiKey` null: it was deleted. */
export type KeyChangeOf = (
  plane: ControlPlane,
  number: number,
) => Promise<Result<{ apiKey: ApiKeyRow | null }>>

/**
 * Changes up to 500 keys by number, or up to 2,000 that match a filter, one after the other, so that other work gets its turn. A
 * filter that matches more keys than the client saw is STALE. In a dry run each change is tried and undone.
 */
export async function bulkChange(
  plane: ControlPlane,
  actor: Actor,
  selection: KeySelection,
  dryRun: boolean,
  change: KeyChangeOf,
): Promise<Result<BulkResult>> {
  const numbers = await selected(plane, actor, selection)
  if (!numbers.ok) return numbers
  const before = await findApiKeysByNumber(plane, actor, numbers.value)
  const versions = new Map(before.map(({ id, version }) => [id, version]))
  const target = dryRun ? dryRunOf(plane) : plane
  const items: BulkItem[] = []
  for (const number of numbers.value) {
    const result = await change(target, number)
    if (!result.ok) {
      items.push({ number, apiKey: null, changed: false, errors: result.errors })
      continue
    }
    const { apiKey } = result.value
    items.push({ number, apiKey, changed: apiKey?.version !== versions.get(number), errors: [] })
  }
  return ok({ items, changed: items.filter(({ changed }) => changed).length })
}

async function selected(
  plane: ControlPlane,
  actor: Actor,
  selection: KeySelection,
): Promise<Result<number[]>> {
  if ('numbers' in selection) {
    const numbers = [...new Set(selection.numbers)]
    if (numbers.length >= 1 && numbers.length <= BULK_IDS_MAX) return ok(numbers)
    return failed(
      'OUT_OF_RANGE',
      'ids',
      `ids must have 1 to ${BULK_IDS_MAX} keys; it has ${numbers.length}.`,
      { minItems: 1, maxItems: BULK_IDS_MAX },
    )
  }
  const { filter, expectedCount } = selection
  const count = await countApiKeys(plane, actor, filter)
  if (count > expectedCount) {
    const message = `${count} keys match the filter now, more than the ${expectedCount} that you saw. Look again, then decide anew.`
    return failed('STALE', 'expectedCount', message)
  }
  if (count > BULK_FILTER_MAX)
    return failed(
      'OUT_OF_RANGE',
      'filter',
      `${count} keys match the filter; at most ${BULK_FILTER_MAX} are changed at once.`,
      { maxItems: BULK_FILTER_MAX },
    )
  // Of keys that begin to match from here on none is changed: they are the newest.
  const sort = { by: 'CREATED_AT', descending: false } as const
  const found = await findSortedApiKeys(plane, actor, filter, sort, { limit: Math.max(count, 1) })
  return ok(found.map(({ row }) => row.id))
}
