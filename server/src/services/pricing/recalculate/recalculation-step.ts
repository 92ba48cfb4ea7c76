// One step of a recalculation: a page of request logs, their costs, and how far it is then, in one transaction.
import { systemActor } from '../../../domain/admins/actor.ts'
import { auditEvent } from '../../../domain/audit/audit-event.ts'
import { endpointOf, isEndpoint } from '../../../domain/endpoints/find-endpoint.ts'
import type { CallRecord } from '../../../domain/logs/call-record.ts'
import type { RequestLogFilter } from '../../../domain/logs/request-log-query.ts'
import { tagsIn } from '../../../domain/logs/tags.ts'
import { usdOf } from '../../../domain/pricing/money.ts'
import type { PriceUnit } from '../../../domain/pricing/prices.ts'
import { recalculatedReceipt } from '../../../domain/pricing/recalculated-receipt.ts'
import {
  addDifference,
  differencesText,
  type RecalculatedCalls,
  storedDifferences,
} from '../../../domain/pricing/recalculation.ts'
import type { Receipt, ReceiptLine } from '../../../domain/pricing/receipt.ts'
import {
  type CountedUnit,
  countedBeside,
  receiptText,
  storedReceipt,
} from '../../../domain/pricing/stored-receipt.ts'
import type { CostCorrection } from '../../../domain/usage/cost-changes.ts'
import { requestIdBytes, requestIdFromBytes, requestIdTimeMs } from '../../../domain/uuid.ts'
import { searchRequestLogs } from '../../../ledger/logs/request-log-search.ts'
import {
  type RecalculatedLog,
  writeRecalculatedCosts,
} from '../../../store/queries/pricing/recalculated-costs.ts'
import type { ControlPlane } from '../../control-plane.ts'
import type { CurrentPrices } from './current-prices.ts'
import { callsOf, type RecalculationRow, recalculationTarget } from './recalculation-row.ts'

/** Request logs of a step: a few milliseconds of the event loop, and some tens of the database's. */
const STEP_CALLS = 250

// Rows of a step that are read for them: of a step that finds its calls at once, no more would be needed.
const STEP_ROWS = 5_000

const SYSTEM = systemActor('latchkey')

/**
 * Takes the next calls after `row.lastId`. Returns false where there is nothing more to do: they were the last, or it has been cancelled.
 * A step that fails has written nothing.
 */
export async function recalculateNext(
  plane: ControlPlane,
  row: RecalculationRow,
  priceOf: CurrentPrices,
): Promise<boolean> {
  const { store } = plane
  const lastId = row.lastId === null ? null : requestIdFromBytes(row.lastId)
  const page = { limit: STEP_CALLS, oldestFirst: true, ...(lastId !== null && { newerThan: lastId }) }
  const { records, stoppedAt } = await searchRequestLogs(store, filterOf(callsOf(row)), page, STEP_ROWS)
  const isFull = records.length === STEP_CALLS
  // The page is newest first.
  const reached = isFull ? records[0]?.id : stoppedAt
  const isLast = !isFull && stoppedAt === null
  const { logs, unpriced } = await recalculated(records, priceOf)
  const nowMs = plane.clock()
  const sinceMonotonicMs = performance.now()
  const written = await writeRecalculatedCosts(store, row.dryRun ? [] : logs, async (tx, changed) => {
    const progress = progressOf(row, row.dryRun ? logs : changed)
    const { count } = await tx.costRecalculation.updateMany({
      // Nobody else is at it; but it may have been cancelled.
      where: { id: row.id, status: 'RUNNING' },
      data: {
        ...progress,
        updatedAt: new Date(nowMs),
        examinedCalls: row.examinedCalls + BigInt(records.length),
        unpricedCalls: row.unpricedCalls + BigInt(unpriced),
        ...(reached != null && { lastId: bytesOf(reached) }),
        ...(isLast && { status: 'DONE' }),
      },
    })
    if (count === 1 && isLast) {
      const changes = [
        { path: 'changedCalls', before: null, after: Number(progress.changedCalls) },
        { path: 'differenceUsd', before: null, after: usdOf(progress.differenceNanoUsd) },
      ]
      const event = auditEvent(SYSTEM, 'cost.finish_recalculation', recalculationTarget(row), nowMs, changes)
      await tx.auditEvent.create({ data: event })
    }
    return count === 1
  })
  if (written === null) return false
  if (written.length > 0) plane.announceCosts(written.map(correctionOf), sinceMonotonicMs)
  return !isLast
}

function filterOf(calls: RecalculatedCalls): RequestLogFilter {
  const { fromMs, toMs, missingOnly, models, upstreams, apiKeyIds } = calls
  return {
    fromMs,
    toMs,
    ...(missingOnly && { unpriced: true }),
    ...(models !== null && { models }),
    ...(upstreams !== null && { upstreams }),
    ...(apiKeyIds !== null && { apiKeyIds }),
  }
}

/** The calls that come to another cost, and how many of the metered ones have none at the prices of now. */
async function recalculated(
  records: readonly CallRecord[],
  priceOf: CurrentPrices,
): Promise<{ logs: RecalculatedLog[]; unpriced: number }> {
  const logs: RecalculatedLog[] = []
  let unpriced = 0
  for (const record of records) {
    if (record.receipt === null) continue
    const first = storedReceipt(record.receipt)
    const also = countedBeside(record.receipt)
    const next =
      first === null
        ? null
        : recalculatedReceipt(record, first, also, await priceOf(record), billedUnitOf(record))
    if (next === null || next.costNanoUsd > BigInt(Number.MAX_SAFE_INTEGER)) {
      unpriced++
      continue
    }
    const costNanoUsd = Number(next.costNanoUsd)
    if (costNanoUsd === record.costNanoUsd) continue
    logs.push({
      record,
      costNanoUsd,
      cacheSavedNanoUsd: next.cacheSavedNanoUsd,
      receipt: receiptText(next, unbilled(next, [...also, ...(first?.lines ?? []).map(countOf)])),
    })
  }
  return { logs, unpriced }
}

function countOf({ unit, quantity }: ReceiptLine): CountedUnit {
  return [unit, quantity]
}

/** Images and characters that the new receipt has no line of: they stay counted. */
function unbilled({ lines }: Pick<Receipt, 'lines'>, counted: readonly CountedUnit[]): CountedUnit[] {
  const isBilled = (unit: PriceUnit) => lines.some((line) => line.unit === unit)
  return counted.filter(([unit]) => (unit === 'image' || unit === 'character') && !isBilled(unit))
}

function billedUnitOf({ method, endpoint }: CallRecord) {
  const found = endpointOf(method, endpoint)
  return isEndpoint(found) ? found.bills : null
}

/** What the row says of changed calls once these are among them. */
function progressOf(row: RecalculationRow, changed: readonly RecalculatedLog[]) {
  const differences = storedDifferences(row.byModel)
  let differenceNanoUsd = row.differenceNanoUsd
  for (const { record, costNanoUsd } of changed) {
    const before = record.costNanoUsd ?? 0
    addDifference(differences, record.requestedModel ?? '', before, costNanoUsd)
    differenceNanoUsd += BigInt(costNanoUsd - before)
  }
  return {
    changedCalls: row.changedCalls + BigInt(changed.length),
    differenceNanoUsd,
    byModel: differencesText(differences),
  }
}

function correctionOf({ record, costNanoUsd }: RecalculatedLog): CostCorrection {
  return {
    apiKeyId: record.apiKeyId,
    ownerId: record.ownerId,
    labels: tagsIn(record.labels),
    model: record.requestedModel,
    atMs: requestIdTimeMs(record.id),
    nanoUsd: costNanoUsd - (record.costNanoUsd ?? record.reservedNanoUsd ?? 0),
  }
}

function bytesOf(id: string): Uint8Array<ArrayBuffer> {
  const bytes = requestIdBytes(id)
  if (bytes === null) throw new TypeError('not a request id')
  return Uint8Array.from(bytes)
}
