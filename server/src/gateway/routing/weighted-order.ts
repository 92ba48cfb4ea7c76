// A weighted random order of routes with the same priority.

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
