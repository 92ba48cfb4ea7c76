// How many keys of owners fail now, as the list of keys finds them.

import { formatNumber } from '#lib/format.ts'
import { latchkey } from '#lib/latchkey.ts'
import { chips } from '../keys/key-filter.ts'

/** `text`: the number in the reader's language, with a "+" where there may be more. */
export type FailingKeys = { count: number; text: string }

// The most keys that the server lists at once.
const keysMax = 100

/** By the id of the owner, of those that have such keys; one query for up to 50 owners. */
export async function keysFailing(
  ownerIds: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, FailingKeys>> {
  const chip = chips.failing
  if (ownerIds.length === 0 || chip === undefined || !('finding' in chip)) return new Map()
  const filter = { ownerId: [...ownerIds], finding: chip.finding }
  const found = await latchkey.keys.list({ first: keysMax, filter }, { signal })
  const byOwner = Map.groupBy(found.items, ({ owner }) => owner?.id ?? '')
  const more = found.hasNextPage() ? '+' : ''
  return new Map(
    [...byOwner].map(([id, { length }]) => [id, { count: length, text: formatNumber(length) + more }]),
  )
}
