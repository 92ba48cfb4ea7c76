// The order of the owners' list. The server lists the newest first and knows no other order, so only a list that is whole on one page is sorted.
import type { Owner } from '@latchkey/sdk'
import type { OwnersUsage } from './owner-spend.ts'

/** What `sort` may be. */
export const ownerSorts = ['name', '-name', 'keys', '-keys', 'spend', '-spend']

type Compare = (a: Owner, b: Owner) => number

/** The owners by `sort`: `name`, `keys` or `spend`, most first behind a "-"; as they are where it is none of them. */
export function sortedOwners(
  owners: readonly Owner[],
  sort: string,
  usage: Pick<OwnersUsage, 'spend'> | null | undefined,
): readonly Owner[] {
  const spend = ({ id }: Owner) => Number(usage?.spend(id) ?? 0)
  const orders: Record<string, Compare> = {
    name: (a, b) => a.name.localeCompare(b.name),
    keys: (a, b) => a.keyCount - b.keyCount,
    spend: (a, b) => spend(a) - spend(b),
  }
  const isDescending = sort.startsWith('-')
  const field = isDescending ? sort.slice(1) : sort
  const compare = Object.hasOwn(orders, field) ? orders[field] : undefined
  if (compare === undefined) return owners
  return owners.toSorted(isDescending ? (a, b) => compare(b, a) : compare)
}
