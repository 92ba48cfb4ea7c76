// Follows the records of this server when they are recorded: in the order in which calls end, not in that of their ids, since
// a long call has an older id than the short ones that end before it.
//
// While there are readers, and for KEPT_MS after the last, the newest RING_SIZE records are in memory, some 2 MB: a reader that
// reconnects finds what it has missed, and a slow one costs no memory of its own. Without readers no record is kept: records that
// stay in memory after their calls make half of the work of the garbage collector.
import type { CallRecord } from '../../domain/logs/call-record.ts'
import type { LedgerView } from '../ledger.ts'

const RING_SIZE = 2_000
const KEPT_MS = 10 * 60_000
const BATCH_MS = 250
const BATCH_MAX = 100

/** `dropped`: matching records before these that were overwritten before they could be read. */
export type TailBatch = { logs: CallRecord[]; dropped: number }

export type TailReader = {
  /** False where `after` is not in memory any more, so that what was missed has to be read from the database. */
  readonly resumed: boolean
  /** The next batch, of 100 records at most and 250 ms after the last at the earliest; null once ended. */
  next(): Promise<TailBatch | null>
  /** Inserts records before the next ones; `dropped` more are missing. */
  prepend(records: CallRecord[], dropped: number): void
  /** Ends this reader; a waiting `next` resolves with null. */
  end(): void
}

export type RecordTail = {
  /** Reads what is recorded from now on, or after the record `after` where that is in memory. */
  open(matches: (record: CallRecord) => boolean, after: string | null): TailReader
  /** The records in memory, in the order in which they were recorded; none where there has been no reader for KEPT_MS. */
  recent(): CallRecord[]
  /** Readers that have not ended. */
  readers(): number
}

/** Begins to follow; once for a process. */
export function createRecordTail(
  ledger: Pick<LedgerView, 'onRecord'>,
  ringSize: number = RING_SIZE,
): RecordTail {
  const ring: CallRecord[] = []
  // How many records there have been: the place of the next one.
  let count = 0
  const readers = new Set<Reader>()
  // Runs from the end of the last reader on.
  let forgetting: NodeJS.Timeout | null = null

  function forget(): void {
    forgetting = null
    ring.length = 0
    count = 0
  }

  ledger.onRecord((record) => {
    if (readers.size === 0 && forgetting === null) return
    const overwritten = ring[count % ringSize]
    if (overwritten !== undefined) for (const reader of readers) reader.lose(count - ringSize, overwritten)
    ring[count % ringSize] = record
    count++
    for (const reader of readers) reader.wake()
  })

  const recordAt = (place: number) => ring[place % ringSize]
  const oldest = () => Math.max(0, count - ringSize)

  function placeAfter(id: string): number | null {
    for (let place = count - 1; place >= oldest(); place--) if (recordAt(place)?.id === id) return place + 1
    return null
  }

  return {
    open(matches, after) {
      const found = after === null ? null : placeAfter(after)
      const reader = new Reader(matches, found ?? count, found !== null, {
        at: (place) => (place < count ? recordAt(place) : undefined),
        ended() {
          readers.delete(reader)
          if (readers.size === 0) forgetting = setTimeout(forget, KEPT_MS).unref()
        },
      })
      readers.add(reader)
      if (forgetting !== null) clearTimeout(forgetting)
      forgetting = null
      return reader
    },
    recent: () =>
      Array.from({ length: count - oldest() }, (_, at) => recordAt(oldest() + at)).filter(isThere),
    readers: () => readers.size,
  }
}

type Source = { at(place: number): CallRecord | undefined; ended(): void }

class Reader implements TailReader {
  readonly resumed: boolean
  readonly #matches: (record: CallRecord) => boolean
  readonly #source: Source
  #place: number
  #before: CallRecord[] = []
  #dropped = 0
  #lookedAt = Number.NEGATIVE_INFINITY
  #ended = false
  #wakeUp: (() => void) | null = null

  constructor(matches: (record: CallRecord) => boolean, place: number, resumed: boolean, source: Source) {
    this.#matches = matches
    this.#place = place
    this.resumed = resumed
    this.#source = source
  }

  async next(): Promise<TailBatch | null> {
    while (!this.#ended) {
      const early = this.#lookedAt + BATCH_MS - performance.now()
      if (early > 0) {
        await this.#pause(early)
        continue
      }
      if (this.#before.length > 0 || this.#dropped > 0 || this.#source.at(this.#place) !== undefined) {
        this.#lookedAt = performance.now()
        const batch = this.#take()
        if (batch.logs.length > 0 || batch.dropped > 0) return batch
        continue
      }
      await this.#pause(null)
    }
    return null
  }

  prepend(records: CallRecord[], dropped: number): void {
    this.#before.push(...records)
    this.#dropped += dropped
  }

  /** A record that this reader may not have come to is about to be overwritten. */
  lose(place: number, record: CallRecord): void {
    if (this.#place > place) return
    this.#place = place + 1
    if (this.#matches(record)) this.#dropped++
  }

  wake(): void {
    // While the pause between batches lasts, its timer wakes.
    if (this.#lookedAt + BATCH_MS <= performance.now()) this.#wakeUp?.()
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#before = []
    this.#source.ended()
    this.#wakeUp?.()
  }

  #take(): TailBatch {
    const logs = this.#before.splice(0, BATCH_MAX)
    const dropped = this.#dropped
    this.#dropped = 0
    while (logs.length < BATCH_MAX) {
      const record = this.#source.at(this.#place)
      if (record === undefined) break
      this.#place++
      if (this.#matches(record)) logs.push(record)
    }
    return { logs, dropped }
  }

  /** Until woken, or for so many milliseconds. */
  async #pause(ms: number | null): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wakeUp = resolve
    const timer = ms === null ? null : setTimeout(resolve, ms)
    await promise
    this.#wakeUp = null
    if (timer !== null) clearTimeout(timer)
  }
}

function isThere<T>(value: T | undefined): value is T {
  return value !== undefined
}
