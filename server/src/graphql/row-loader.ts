// Batches the look-ups of a page's keys, owners or labels into one query each.

/**
 * A look-up that batches requests until the event loop turns. Its results are kept for its lifetime, which
 * must be one request; with `keeps` false, as for a stream, no longer than the look-up lasts.
 */
export function createRowLoader<Row>(
  find: (numbers: number[]) => Promise<Map<number, Row>>,
  keeps = true,
): (number: number) => Promise<Row | null> {
  const requested = new Map<number, Promise<Row | null>>()
  let batch: { numbers: number[]; rows: Promise<Map<number, Row>> } | null = null

  function joinBatch(number: number): Promise<Map<number, Row>> {
    if (batch === null) {
      const numbers: number[] = []
      const turn = new Promise<void>((resolve) => setImmediate(resolve))
      const rows = turn.then(async () => {
        batch = null
        return find(numbers)
      })
      batch = { numbers, rows }
    }
    batch.numbers.push(number)
    return batch.rows
  }

  return (number) => {
    const known = requested.get(number)
    if (known !== undefined) return known
    const row = joinBatch(number).then((rows) => rows.get(number) ?? null)
    requested.set(number, row)
    const forget = () => void requested.delete(number)
    if (!keeps) row.then(forget, forget)
    return row
  }
}
