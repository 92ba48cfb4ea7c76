/** Values by key, of which the least recently used are evicted. */
export type RecentMap<Value> = {
  /** The value, which counts as used now; undefined where there is none. */
  get(key: string): Value | undefined
  set(key: string, value: Value): void
  delete(key: string): void
  /** How many there are. */
  size(): number
}

/**
 * Keeps the `kept` values that were used last, and at most twice as many, at the cost of a map: nothing is allocated before it is
 * needed, and a value that is used again and again stays where it is.
 */
export function createRecentMap<Value>(kept: number): RecentMap<Value> {
  // A value that is used goes into the newer map; when that is full, it becomes the older one, whose values are dropped.
  let newer = new Map<string, Value>()
  let older = new Map<string, Value>()

  function put(key: string, value: Value): void {
    newer.set(key, value)
    if (newer.size < kept) return
    older = newer
    newer = new Map()
  }

  return {
    get(key) {
      const value = newer.get(key)
      if (value !== undefined) return value
      const before = older.get(key)
      if (before === undefined) return undefined
      older.delete(key)
      put(key, before)
      return before
    },
    set(key, value) {
      older.delete(key)
      put(key, value)
    },
    delete(key) {
      newer.delete(key)
      older.delete(key)
    },
    size: () => newer.size + older.size,
  }
}
