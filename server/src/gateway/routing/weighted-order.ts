// The order of routes with the same priority, and of the credentials of one: by weight and chance, or by weight and conversation.
import { hash } from 'node:crypto'

/**
 * The items in a weighted random order: each is first with probability weight / total weight; the rest by the same rule.
 * `random` returns from 0 to below 1.
 */
export function shuffledByWeight<T extends { weight: number }>(
  items: readonly T[],
  random: () => number,
): T[] {
  if (items.length === 1) return [...items]
  const remaining = [...items]
  const order: T[] = []
  while (remaining.length > 0) {
    let point = random() * remaining.reduce((sum, { weight }) => sum + weight, 0)
    let at = 0
    for (; at < remaining.length - 1; at++) {
      point -= remaining[at]?.weight ?? 0
      if (point < 0) break
    }
    order.push(...remaining.splice(at, 1))
  }
  return order
}

/**
 * The items in an order that is the same for each call with this session key, as long as the items are the same; over many
 * sessions each item is first with probability weight / total weight. Where an item is added or removed, the other items keep
 * their order: only the sessions of that item change (rendezvous hashing, weighted as in Schindelhauer and Schomaker, 2005).
 * `nameOf` returns what tells an item from the others, also after a restart.
 */
export function orderedBySession<T extends { weight: number }>(
  items: readonly T[],
  sessionKey: string,
  nameOf: (item: T) => string,
): T[] {
  if (items.length === 1) return [...items]
  return items
    .map((item) => ({ item, distance: -Math.log(unitHash(`${sessionKey} ${nameOf(item)}`)) / item.weight }))
    .sort((a, b) => a.distance - b.distance)
    .map(({ item }) => item)
}

/** Above 0, below 1. */
function unitHash(text: string): number {
  return (hash('sha256', text, 'buffer').readUInt32BE(0) + 0.5) / 2 ** 32
}
