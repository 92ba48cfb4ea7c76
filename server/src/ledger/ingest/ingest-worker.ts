// The thread that ingests: a round when there is something new, retried at growing intervals while the database is away. It
// yields the core to the threads that serve calls, unless it has fallen too far behind.
import { setImmediate as turn } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { lowerThreadPriority } from '../../rpc/thread-priority.ts'
import { inFlightReader } from '../in-flight-calls.ts'
import { retentionBoundsAt } from '../retention/retention-bounds.ts'
import { createIngester } from './ingester.ts'
import { openIngestion } from './ingestion.ts'
import { createPauses } from './pauses.ts'
import { createContentPreparer } from './prepare-content.ts'
import type { IngestReport, IngestRequest, IngestWorkerSetup } from './protocol.ts'
import { createYieldPolicy } from './yield-policy.ts'

const RETRY_FIRST_MS = 200
const RETRY_MAX_MS = 5_000
// How often expired rows are looked for, and how many are removed between two rounds of ingestion.
const RETENTION_INTERVAL_MS = 60_000
const RETENTION_LIMIT = 2_000
// Contents beyond their quota that are removed in one transaction.
const TRIM_LIMIT = 500

const setup = workerData as IngestWorkerSetup
const ingestion = await openIngestion(setup.database, setup.contents.quotaBytes)
const pauses = createPauses(inFlightReader(setup.inFlight))
const prepareContent = createContentPreparer(setup.contents.redaction)
const ingester = createIngester(setup.folder, ingestion, prepareContent, {
  pause: pauses.pause,
  isYielding: () => yields,
})
const yieldPolicy = createYieldPolicy(setup.hurries)
// Processes of this run that have ended; a process is not probed for being alive, since a new one may write before it is known.
const ended = new Set<string>()
let isRequested = true
let removing = true
let expiring = true
let trimming = true
let trimmed = 0
let closing = false
let hasLowPriority = false
let yields = false
let mustBeReplaced = false
let settling: number[] = []
let inFlight: Promise<void> | null = null
let retry: NodeJS.Timeout | null = null
let retryMs = RETRY_FIRST_MS

parentPort?.on('message', (request: IngestRequest) => {
  isRequested = true
  if (request.kind === 'settle') settling.push(request.id)
  if (request.kind === 'ended') ended.add(request.runId)
  if (request.kind === 'close') closing = true
  // A key may have been deleted since; the check is one look-up.
  removing = true
  start()
})
start()

setInterval(() => {
  expiring = true
  start()
}, RETENTION_INTERVAL_MS).unref()

function start(): void {
  if (retry !== null) clearTimeout(retry)
  retry = null
  if (inFlight !== null || mustBeReplaced) return
  inFlight = run().finally(() => {
    inFlight = null
    if (closing || mustBeReplaced) end()
  })
}

async function run(): Promise<void> {
  while (isRequested || removing || expiring || trimming) {
    isRequested = false
    const settled = settling
    settling = []
    try {
      const afterSlice = async () => {
        // SQLite's promises are resolved already: without a turn between slices no request would be received.
        await turn()
        return maySlice(settled.length + settling.length > 0)
      }
      const isLive = (runId: string) => !closing && runId.startsWith(setup.runId) && !ended.has(runId)
      if (!maySlice(settled.length > 0) || !(await ingester.round(isLive, afterSlice)))
        return say({ kind: 'replace' })
      removing = await ingester.removeDeleted()
      // A reader that waits does not see the logs of a deleted key, as long as they are not very many.
      for (let more = 0; removing && settled.length > 0 && more < 10; more++)
        removing = await ingester.removeDeleted()
      trimming = await removeBeyondQuota()
      expiring = expiring && (await removeExpired())
      // What remains is removed after the next start.
      if (closing) removing = expiring = trimming = false
    } catch (error) {
      settling = [...settled, ...settling]
      say({ kind: 'round', error: String(error), trimmed, ...ingester.state() })
      // A database that is away at the end finds its journal at the next start.
      if (closing) return
      retry = setTimeout(() => {
        isRequested = true
        start()
      }, retryMs)
      retryMs = Math.min(retryMs * 2, RETRY_MAX_MS)
      isRequested = false
      removing = false
      expiring = false
      trimming = false
      return
    }
    retryMs = RETRY_FIRST_MS
    say({ kind: 'round', error: null, trimmed, ...ingester.state() })
    for (const id of settled) say({ kind: 'settled', id })
    // As between slices: a removal may take many rounds.
    await turn()
  }
}

/** Lowers this thread's priority while ingestion yields. False where it would have to raise it: another thread must go on. */
function maySlice(isAwaited: boolean): boolean {
  // At its end nothing is served any more that it could yield to.
  yields = !closing && yieldPolicy.yields({ lagBytes: ingester.state().lagBytes, isAwaited })
  // A reader waits for what is left of the time that pauses would double.
  pauses.enable(yields && !isAwaited)
  if (closing) return true
  if (yields && !hasLowPriority) hasLowPriority = lowerThreadPriority()
  mustBeReplaced = !yields && hasLowPriority
  return !mustBeReplaced
}

/** Removes a few of the oldest contents where there are too many; false when there are not. */
async function removeBeyondQuota(): Promise<boolean> {
  const { removed, more } = await ingestion.removeBeyondQuota(TRIM_LIMIT)
  trimmed += removed
  return more
}

/** Removes a few of the expired rows, and gives their space back; false when there are no more. */
async function removeExpired(): Promise<boolean> {
  const retention = {
    logsMs: setup.keepLogsMs,
    rollupsMs: setup.rollupRetentionMs,
    contentsMs: setup.contents.keepMs,
  }
  const removed = await ingestion.removeExpired(retentionBoundsAt(retention, Date.now()), RETENTION_LIMIT)
  if (removed) await ingestion.compact()
  return removed
}

async function end(): Promise<void> {
  await ingestion.close().catch(() => undefined)
  parentPort?.close()
}

function say(report: IngestReport): void {
  parentPort?.postMessage(report)
}
