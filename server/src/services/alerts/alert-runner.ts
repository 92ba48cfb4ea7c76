// Runs evaluation and deliveries on a timer, in the process that owns the database.
import { MINUTE_MS } from '../../domain/time.ts'
import type { ControlPlane } from '../control-plane.ts'
import { deliverAlerts } from './deliver/deliver-alerts.ts'
import { createAlertMemory } from './evaluate/alert-memory.ts'
import { evaluateAlerts } from './evaluate/evaluate-alerts.ts'

export type AlertRunner = {
  /** Begins to run every five seconds. */
  start(): void
  /** One round of evaluation, for tests and the timer alike. Rejects where the database fails. */
  evaluate(): Promise<void>
  /** Tries every delivery that is due. Resolves with how many were tried. */
  deliver(): Promise<number>
  /** Interrupts what is being sent, which is due again after the next start, and waits for the end of the round. */
  close(): Promise<void>
}

const STEP_MS = 5_000
/** Rules are judged every thirty seconds. */
const STEPS_A_ROUND = 6

/** A problem that lasts is reported every ten minutes. */
const REPORT_MS = 10 * MINUTE_MS

/** `report`: called with what a round failed with; the next round does the same again. */
export function createAlertRunner(plane: ControlPlane, report: (error: unknown) => void): AlertRunner {
  const memory = createAlertMemory(plane)
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

  const evaluate = () => evaluateAlerts(plane, memory, onProblem)
  const deliver = () => deliverAlerts(plane, stop.signal)

  async function step(): Promise<void> {
    try {
      if (steps++ % STEPS_A_ROUND === 0) await evaluate()
      await deliver()
    } catch (error) {
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
      memory.watch.stop()
      await running
    },
  }
}
