// Runs evaluation and deliveries on a timer, in the process that owns the database.
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../domain/time.ts'
import { readActiveAlertRules } from '../../store/queries/alerts/active-alert-rules.ts'
import { readNextDueMs, removeOldAlerts } from '../../store/queries/alerts/alert-queue.ts'
import type { ControlPlane } from '../control-plane.ts'
import { createWriteWatch } from '../write-watch.ts'
import type { AlertMemory } from './evaluate/alert-memory.ts'

export type AlertRunner = {
  /** Begins to run every five seconds. */
  start(): void
  /** One round of evaluation, for tests and the timer alike. Resolves with how many rules are enabled; rejects where the database fails. */
  evaluate(): Promise<number>
  /** Tries every delivery that is due. Resolves with how many were tried. */
  deliver(): Promise<number>
  /** Interrupts what is being sent, which is due again after the next start, and waits for the end of the round. */
  close(): Promise<void>
}

const STEP_MS = 5_000
/** Rules are judged every thirty seconds. */
const STEPS_A_ROUND = 6

/** How long resolved alerts and ended deliveries are kept; removed once an hour. */
const KEPT_MS = 90 * DAY_MS

/** A problem that lasts is reported every ten minutes. */
const REPORT_MS = 10 * MINUTE_MS

/** `report`: called with what a round failed with; the next round does the same again. */
export function createAlertRunner(plane: ControlPlane, report: (error: unknown) => void): AlertRunner {
  let memory: AlertMemory | null = null
  let cleanedAtMs = 0
  let reportedAtMs = Number.NEGATIVE_INFINITY
  const stop = new AbortController()
  let timer: NodeJS.Timeout | null = null
  let steps = 0
  let running: Promise<void> = Promise.resolve()

  function onProblem(error: unknown): void {
    if (stop.signal.aborted || performance.now() - reportedAtMs < REPORT_MS) return
    reportedAtMs = performance.now()
    report(error)
  }

  // What evaluates and what sends is loaded when it is first needed: a gateway without a rule does not need it.
  async function evaluate(): Promise<number> {
    const nowMs = plane.clock()
    if (nowMs - cleanedAtMs >= HOUR_MS) {
      cleanedAtMs = nowMs
      await removeOldAlerts(plane.store, nowMs - KEPT_MS)
    }
    if (memory === null && (await readActiveAlertRules(plane.store, 1)).length === 0) return 0
    const { evaluateAlerts } = await import('./evaluate/evaluate-alerts.ts')
    memory ??= (await import('./evaluate/alert-memory.ts')).createAlertMemory(plane)
    return evaluateAlerts(plane, memory, onProblem)
  }

  async function deliver(): Promise<number> {
    const { deliverAlerts } = await import('./deliver/deliver-alerts.ts')
    return deliverAlerts(plane, stop.signal)
  }

  // Without a rule and without a delivery that waits, nothing is read until something is written.
  const rulesWatch = createWriteWatch(plane.store)
  const queueWatch = createWriteWatch(plane.store)
  let rules = 0
  let dueMs: number | null = null

  async function step(): Promise<void> {
    try {
      const roundIsDue = steps++ % STEPS_A_ROUND === 0
      // changed() first: a round takes note of what it has seen.
      if (roundIsDue && (rulesWatch.changed() || rules > 0)) {
        rules = await evaluate()
        // The database has been opened for it: to look at the queue now, too, saves opening it again before the next round.
        queueWatch.forget()
      }
      if (queueWatch.changed()) dueMs = await readNextDueMs(plane.store)
      if (dueMs !== null && dueMs <= plane.clock()) {
        await deliver()
        dueMs = await readNextDueMs(plane.store)
      }
    } catch (error) {
      rulesWatch.forget()
      queueWatch.forget()
      onProblem(error)
    }
  }

  function schedule(): void {
    if (stop.signal.aborted) return
    timer = setTimeout(() => {
      running = step().finally(schedule)
    }, STEP_MS)
    timer.unref()
  }

  return {
    start: schedule,
    evaluate,
    deliver,
    async close() {
      stop.abort()
      if (timer !== null) clearTimeout(timer)
      memory?.watch.stop()
      await running
    },
  }
}
