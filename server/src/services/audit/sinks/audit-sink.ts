// Sends sealed audit events to another system: in the order of the chain, each at least once, on from where it was after a restart.
import { setTimeout as delay } from 'node:timers/promises'
import {
  readCursor,
  readSealed,
  type SealedAuditEvent,
  writeCursor,
} from '../../../store/queries/audit/audit-chain.ts'
import type { Store } from '../../../store/store.ts'

export type AuditSink = {
  /** Of its cursor in the database. */
  name: 'webhook' | 'syslog'
  /** Rejects where it was not taken: it is sent again then. */
  send(event: SealedAuditEvent, signal: AbortSignal): Promise<void>
  close(): void
}

export type SinkRun = {
  /** There are new events. */
  wake(): void
  /** Stops sending, and writes down how far it came. Never rejects. */
  close(): Promise<void>
}

export type SinkWatch = {
  /** The first failure of several in a row, and null once it works again. */
  onProblem(sink: string, problem: string | null): void
  retryMs?: { first: number; max: number }
}

// After a crash these are sent again.
const PAGE = 100
const RETRY_MS = { first: 1_000, max: 300_000 }

/** Starts at once. The first time it begins with the oldest event that is kept. */
export function runSink(
  store: Store,
  sink: AuditSink,
  { onProblem, retryMs = RETRY_MS }: SinkWatch,
): SinkRun {
  const closing = new AbortController()
  const closed = new Promise<void>((resolve) => {
    closing.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  let failures = 0
  let wakeUp = Promise.withResolvers<void>()

  async function run(): Promise<void> {
    let position: number | null = null
    while (!closing.signal.aborted) {
      const awake = wakeUp
      try {
        position ??= (await readCursor(store, sink.name)) ?? 0
        const events = await readSealed(store, position, PAGE)
        if (events.length === 0) {
          await Promise.race([awake.promise, closed])
          wakeUp = Promise.withResolvers()
          continue
        }
        position = await sendAll(events, position)
      } catch (error) {
        // As far as it was written down.
        position = null
        await failed(error)
      }
    }
  }

  /** Resolves with how far it came; rejects with the failure, once that is written down. */
  async function sendAll(events: SealedAuditEvent[], from: number): Promise<number> {
    let position = from
    try {
      for (const event of events) {
        await sink.send(event, closing.signal)
        position = event.link.position
        if (failures > 0) onProblem(sink.name, null)
        failures = 0
      }
    } finally {
      if (position > from) await writeCursor(store, sink.name, position)
    }
    return position
  }

  async function failed(error: unknown): Promise<void> {
    if (closing.signal.aborted) return
    if (failures === 0) onProblem(sink.name, error instanceof Error ? error.message : String(error))
    const waitMs = Math.min(retryMs.max, retryMs.first * 2 ** Math.min(failures, 20))
    failures++
    await delay(waitMs, undefined, { signal: closing.signal, ref: false }).catch(() => undefined)
  }

  const running = run()
  return {
    wake: () => wakeUp.resolve(),
    async close() {
      closing.abort()
      await running
      sink.close()
    },
  }
}
