// Batches the look-ups of a page's keys, owners or labels into one query each.

/**
 * A look-up that batches requests until the event loop turns. Its results are kept for its lifetime, which
 * must be one request; with `keeps` false, as for a stream, no longer than the look-up lasts.
 */
export function createRowLoader<Row, Key extends number | string = number>(
  find: (keys: Key[]) => Promise<Map<Key, Row>>,
  keeps = true,
): (key: Key) => Promise<Row | null> {
  const requested = new Map<Key, Promise<Row | null>>()
  let batch: { keys: Key[]; rows: Promise<Map<Key, Row>> } | null = null

  function joinBatch(key: Key): Promise<Map<Key, Row>> {
    if (batch === null) {
      const keys: Key[] = []
      const turn = new Promise<void>((resolve) => setImmediate(resolve))
      const rows = turn.then(async () => {
        batch = null
        return find(keys)
      })
      batch = { keys, rows }
    }
    batch.keys.push(key)
    return batch.rows
  }

  return (key) => {
    const known = requested.get(key)
    if (known !== undefined) return known
    const row = joinBatch(key).then((rows) => rows.get(key) ?? null)
    requested.set(key, row)
    const forget = () => void requested.delete(key)
    if (!keeps) row.then(forget, forget)
    return row
  }
}
