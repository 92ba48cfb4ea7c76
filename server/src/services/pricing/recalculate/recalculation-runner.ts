// Runs recalculations of costs to their end, step by step, in the process that owns the database.
import { setTimeout as wait } from 'node:timers/promises'
import { isRecalculationRunning } from '../../../store/queries/pricing/running-recalculation.ts'
import type { ControlPlane } from '../../control-plane.ts'
import { currentPrices } from './current-prices.ts'
import type { RecalculationRow } from './recalculation-row.ts'
import { recalculateNext } from './recalculation-step.ts'

export type RecalculationRunner = {
  /** Goes on with the one that runs, if there is one: at the start of the server, and when one has been started. */
  wake(): void
  /** Ends after the step that it is at; the next server goes on from there. */
  close(): Promise<void>
}

// Between two steps: as long as the step took, so that ingestion and admins have the database half of the time.
const PAUSE_MAX_MS = 250
const RETRY_MS = 5_000
// A database that is away for longer is found again after the next start; what fails that often by itself would fail for ever.
const RETRIES_MAX = 60

/** `report`: called with what a step failed with, once until one succeeds. */
export function createRecalculationRunner(
  plane: ControlPlane,
  report: (error: unknown) => void,
): RecalculationRunner {
  const stop = new AbortController()
  let running: Promise<void> | null = null
  let isAwake = false

  async function run(): Promise<void> {
    let failures = 0
    while (isAwake && !stop.signal.aborted) {
      isAwake = false
      try {
        for (let row = await runningRow(plane); row !== null; row = await runningRow(plane)) {
          await complete(row, () => {
            failures = 0
          })
          if (stop.signal.aborted) return
        }
      } catch (error) {
        if (stop.signal.aborted) return
        if (failures++ === 0) report(error)
        if (failures > RETRIES_MAX && (await giveUp())) failures = 0
        isAwake = true
        await pause(RETRY_MS)
      }
    }
  }

  async function complete(started: RecalculationRow, onStep: () => void): Promise<void> {
    // Calls that ended before it was started are in the database then.
    await plane.ledger.settled()
    const priceOf = await currentPrices(plane)
    let row: RecalculationRow | null = started
    while (row !== null && !stop.signal.aborted) {
      const beganMs = performance.now()
      if (!(await recalculateNext(plane, row, priceOf))) return
      onStep()
      await pause(Math.min(PAUSE_MAX_MS, performance.now() - beganMs))
      row = await runningRow(plane)
    }
  }

  /** Ends the one that runs; false where that fails too. */
  async function giveUp(): Promise<boolean> {
    const failure = `It failed ${RETRIES_MAX} times in a row; the log of the server says why.`
    return plane.store.prisma.costRecalculation
      .updateMany({
        where: { status: 'RUNNING' },
        data: { status: 'FAILED', failure, updatedAt: new Date(plane.clock()) },
      })
      .then(
        () => true,
        () => false,
      )
  }

  function pause(ms: number): Promise<void> {
    return wait(ms, undefined, { signal: stop.signal, ref: false }).catch(() => undefined)
  }

  return {
    wake() {
      isAwake = true
      if (stop.signal.aborted) return
      running ??= run().finally(() => {
        running = null
        if (isAwake) this.wake()
      })
    },
    async close() {
      stop.abort()
      await running
    },
  }
}

async function runningRow({ store }: ControlPlane): Promise<RecalculationRow | null> {
  if (!(await isRecalculationRunning(store))) return null
  return store.prisma.costRecalculation.findFirst({ where: { status: 'RUNNING' }, orderBy: { id: 'asc' } })
}
