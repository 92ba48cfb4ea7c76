// The thread that ingests: rounds when it is told of something new, again at growing intervals while the database is away.
import { setImmediate as turn } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { BUDGET_HOURS_MS } from '../../domain/usage/rollup.ts'
import { openIngestion } from '../../store/open-ingestion.ts'
import { createIngester } from './ingester.ts'
import { createContentPreparer } from './prepare-content.ts'
import type { IngestReport, IngestRequest, IngestSetup } from './protocol.ts'

const RETRY_FIRST_MS = 200
const RETRY_MAX_MS = 5_000
// How often what has aged is looked for, and how much of it goes between two rounds of ingestion.
const AGED_EVERY_MS = 60_000
const AGED_LIMIT = 2_000

const setup = workerData as IngestSetup
const ingestion = await openIngestion(setup.database)
const ingester = createIngester(setup.folder, ingestion, createContentPreparer(setup.contents.redaction))
// Processes of this run that are gone; a process is not asked whether it lives, since a new one may write before it is known.
const ended = new Set<string>()
let asked = true
let removing = true
let aging = true
let closing = false
let settling: number[] = []
let inFlight: Promise<void> | null = null
let retry: NodeJS.Timeout | null = null
let retryMs = RETRY_FIRST_MS

parentPort?.on('message', (request: IngestRequest) => {
  asked = true
  if (request.kind === 'settle') settling.push(request.id)
  if (request.kind === 'ended') ended.add(request.runId)
  if (request.kind === 'close') closing = true
  // A key may have been deleted since; asking is one look-up.
  removing = true
  start()
})
start()

setInterval(() => {
  aging = true
  start()
}, AGED_EVERY_MS).unref()

function start(): void {
  if (retry !== null) clearTimeout(retry)
  retry = null
  if (inFlight !== null) return
  inFlight = run().finally(() => {
    inFlight = null
    if (closing) end()
  })
}

async function run(): Promise<void> {
  while (asked || removing || aging) {
    asked = false
    const settled = settling
    settling = []
    try {
      await ingester.round((runId) => !closing && runId.startsWith(setup.runId) && !ended.has(runId))
      removing = await ingester.removeDeleted()
      // What was asked to be settled includes the logs of a deleted key, as long as they are not very many.
      for (let more = 0; removing && settled.length > 0 && more < 10; more++)
        removing = await ingester.removeDeleted()
      aging = aging && (await removeExpired())
      // The rest goes after the next start.
      if (closing) removing = aging = false
    } catch (error) {
      settling = [...settled, ...settling]
      say({ kind: 'round', error: String(error), ...ingester.state() })
      // A database that is away at the end finds its journal at the next start.
      if (closing) return
      retry = setTimeout(() => {
        asked = true
        start()
      }, retryMs)
      retryMs = Math.min(retryMs * 2, RETRY_MAX_MS)
      asked = false
      removing = false
      aging = false
      return
    }
    retryMs = RETRY_FIRST_MS
    say({ kind: 'round', error: null, ...ingester.state() })
    for (const id of settled) say({ kind: 'settled', id })
    // SQLite's promises are kept already: without a turn between rounds nothing would be heard while a long removal lasts.
    await turn()
  }
}

/** Removes a little of what has aged, and gives its room back; false when there is no more. */
async function removeExpired(): Promise<boolean> {
  const nowMs = Date.now()
  const logsBeforeMs = setup.keepLogsMs === null ? null : nowMs - setup.keepLogsMs
  const rollupsBeforeMs = setup.rollupRetentionMs === null ? null : nowMs - setup.rollupRetentionMs
  const keyHoursBeforeMs = Math.min(rollupsBeforeMs ?? 0, nowMs - BUDGET_HOURS_MS)
  const contentsBeforeMs = nowMs - setup.contents.keepMs
  const expired = { logsBeforeMs, rollupsBeforeMs, keyHoursBeforeMs, contentsBeforeMs }
  const removed = await ingestion.removeExpired(expired, AGED_LIMIT)
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
