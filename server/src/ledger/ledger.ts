// The account of every call: takes records off the call path and writes them in batches.
import type { CallRecord } from '../domain/call-record.ts'
import { insertStatements } from '../store/request-log-rows.ts'
import type { Store } from '../store/store.ts'

// A batch large enough to be cheap, small enough to commit in a few milliseconds.
const BATCH_MAX = 500
// How long a record waits for others before it is written.
const LINGER_MS = 50
// A database that is away is asked again at growing intervals.
const RETRY_FIRST_MS = 200
const RETRY_MAX_MS = 5_000

export type Ledger = {
  /** Takes the record of a finished call; never waits, never throws. */
  record(record: CallRecord): void
  /** Resolves when every record taken before this call can be read; rejects when the last try to write them failed. */
  settled(): Promise<void>
  /** Removes every request log of a deleted key. */
  deleteLogsOf(apiKeyId: number): Promise<void>
  /** Writes what is left, then stops. Rejects, naming how many, where some could not be written. */
  close(): Promise<void>
}

export type LedgerOptions = {
  /** Told when a batch could not be written; the batch is kept and tried again. */
  onFailure(error: unknown, waiting: number): void
}

/**
 * Opens the ledger over a store. Records wait in memory until their transaction has committed, in the order taken;
 * writing one twice changes nothing, so a batch whose commit was not heard of is simply written again.
 */
export function openLedger(store: Store, options: LedgerOptions): Ledger {
  const waiting: CallRecord[] = []
  let timer: NodeJS.Timeout | null = null
  let writing: Promise<void> | null = null
  let retryMs = RETRY_FIRST_MS

  function schedule(delayMs: number): void {
    timer ??= setTimeout(() => {
      timer = null
      write().catch(() => undefined)
    }, delayMs)
    timer.unref()
  }

  /** Writes until nothing waits; one at a time. */
  function write(): Promise<void> {
    writing ??= drain().finally(() => {
      writing = null
    })
    return writing
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH_MAX)
      try {
        await store.sql.batch(insertStatements(store.kind, batch))
      } catch (error) {
        options.onFailure(error, waiting.length)
        schedule(retryMs)
        retryMs = Math.min(retryMs * 2, RETRY_MAX_MS)
        throw error
      }
      waiting.splice(0, batch.length)
      retryMs = RETRY_FIRST_MS
    }
  }

  return {
    record(record) {
      waiting.push(record)
      if (writing === null) schedule(LINGER_MS)
    },
    async settled() {
      if (waiting.length > 0) await write()
    },
    async deleteLogsOf(apiKeyId) {
      if (waiting.length > 0) await write()
      await store.sql.batch([{ text: 'DELETE FROM "RequestLog" WHERE "apiKeyId" = $1', values: [apiKeyId] }])
    },
    async close() {
      if (timer !== null) clearTimeout(timer)
      timer = null
      try {
        if (waiting.length > 0) await write()
      } catch (cause) {
        throw new Error(`${waiting.length} request logs could not be written before stopping`, { cause })
      } finally {
        if (timer !== null) clearTimeout(timer)
      }
    },
  }
}
