// What is done about audit events beside the changes that write them: they are sealed, sent to the sinks and, in time, removed; and
// the head of the chain is written to the process's log, where whoever changes the database does not reach it.
import type { ChainLink } from '../../domain/audit/audit-chain.ts'
import { DAY_MS } from '../../domain/time.ts'
import type { Store } from '../../store/store.ts'
import { createWriteWatch } from '../write-watch.ts'
import { expireEvents } from './expire-events.ts'
import { sealCommitted } from './seal-events.ts'

// An event is unsealed for about as long.
const ROUND_MS = 1_000
// While the database fails.
const RETRY_MS = 10_000

export type AuditKeeperOptions = {
  store: Store
  /** Milliseconds since the epoch. */
  clock: () => number
  /** How long events are kept; null: for ever. */
  retentionMs: number | null
  /** Called with the head of the chain at start and once a day. */
  onAnchor(head: { position: number; hash: string }): void
  /** Called with the first of several failures in a row. */
  onProblem(error: unknown): void
  /** Called with the head whenever it has moved. */
  onSealed(head: ChainLink): void
}

export type AuditKeeper = {
  /** Seals what is committed, and does nothing more. Never rejects. */
  close(): Promise<void>
}

/** Starts at once; never keeps the process alive by itself. */
export function createAuditKeeper(options: AuditKeeperOptions): AuditKeeper {
  const { store, clock, retentionMs, onAnchor, onProblem, onSealed } = options
  let timer: NodeJS.Timeout | null = null
  let closed = false
  let failing = false
  let position = -1
  let anchoredMs: number | null = null
  const watch = createWriteWatch(store)

  async function round(): Promise<void> {
    try {
      const nowMs = clock()
      const anchors = anchoredMs === null || nowMs - anchoredMs >= DAY_MS
      if (watch.changed() || anchors) await look(nowMs)
      failing = false
    } catch (error) {
      watch.forget()
      if (!failing) onProblem(error)
      failing = true
    }
    if (!closed) timer = setTimeout(next, failing ? RETRY_MS : ROUND_MS).unref()
  }

  async function look(nowMs: number): Promise<void> {
    const head = await sealCommitted(store)
    if (anchoredMs === null || nowMs - anchoredMs >= DAY_MS) {
      anchoredMs = nowMs
      onAnchor({ position: head.position, hash: Buffer.from(head.hash).toString('hex') })
      if (retentionMs !== null && !closed) await expireEvents(store, nowMs - retentionMs, nowMs)
    }
    if (head.position !== position) onSealed(head)
    position = head.position
  }

  let running = round()
  function next(): void {
    running = round()
  }

  return {
    async close() {
      closed = true
      if (timer !== null) clearTimeout(timer)
      await running
      // A failing database is not waited for again.
      if (!failing) await sealCommitted(store).catch(() => undefined)
    },
  }
}
