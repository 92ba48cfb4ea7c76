// A recalculation of costs as it is stored, and as it is shown.
import type { AuditTarget } from '../../../domain/audit/audit-event.ts'
import {
  type ModelDifference,
  OTHER_MODELS,
  RECALCULATION_STATUSES,
  type RecalculatedCalls,
  type RecalculationStatus,
  storedDifferences,
} from '../../../domain/pricing/recalculation.ts'
import { recalculationId } from '../../../domain/pricing/recalculation-id.ts'
import { requestIdFromBytes, requestIdTimeMs } from '../../../domain/uuid.ts'
import type { Store } from '../../../store/store.ts'

export type RecalculationRow = NonNullable<
  Awaited<ReturnType<Store['prisma']['costRecalculation']['findFirst']>>
>

export type Recalculation = {
  number: number
  status: RecalculationStatus
  dryRun: boolean
  createdAtMs: number
  updatedAtMs: number
  /** Who started it. */
  actorName: string
  calls: RecalculatedCalls
  /** 0 to 1, by the time that has been read of the range. */
  progress: number
  examinedCalls: bigint
  changedCalls: bigint
  unpricedCalls: bigint
  /** Of the changed calls; nano-dollars. */
  oldNanoUsd: bigint
  newNanoUsd: bigint
  /** The largest change first. `model` null: of calls that named none; `others`: of all models that are not listed. */
  byModel: ({ model: string | null; others: boolean } & ModelDifference)[]
  failure: string | null
}

/** Reads a row. */
export function recalculationFrom(row: RecalculationRow): Recalculation {
  const differences = [...storedDifferences(row.byModel)]
  let [oldNanoUsd, newNanoUsd] = [0n, 0n]
  for (const [, difference] of differences) {
    oldNanoUsd += difference.oldNanoUsd
    newNanoUsd += difference.newNanoUsd
  }
  return {
    number: row.id,
    // A status of a later version runs no more here.
    status: RECALCULATION_STATUSES.find((status) => status === row.status) ?? 'FAILED',
    dryRun: row.dryRun,
    createdAtMs: row.createdAt.getTime(),
    updatedAtMs: row.updatedAt.getTime(),
    actorName: row.actorName,
    calls: callsOf(row),
    progress: progressOf(row),
    examinedCalls: row.examinedCalls,
    changedCalls: row.changedCalls,
    unpricedCalls: row.unpricedCalls,
    oldNanoUsd,
    newNanoUsd,
    byModel: differences
      .map(([model, difference]) => ({
        model: model === '' || model === OTHER_MODELS ? null : model,
        others: model === OTHER_MODELS,
        ...difference,
      }))
      .sort((a, b) => Number(changeOf(b) - changeOf(a))),
    failure: row.failure,
  }
}

function changeOf({ oldNanoUsd, newNanoUsd }: ModelDifference): bigint {
  return newNanoUsd > oldNanoUsd ? newNanoUsd - oldNanoUsd : oldNanoUsd - newNanoUsd
}

/** Which calls a row is about. */
export function callsOf(row: RecalculationRow): RecalculatedCalls {
  const list = <T>(json: string | null): T[] | null => (json === null ? null : (JSON.parse(json) as T[]))
  return {
    fromMs: row.fromAt.getTime(),
    toMs: row.toAt.getTime(),
    missingOnly: row.missingOnly,
    models: list<string>(row.models),
    upstreams: list<string>(row.upstreams),
    apiKeyIds: list<number>(row.apiKeyIds),
  }
}

function progressOf({ status, fromAt, toAt, lastId }: RecalculationRow): number {
  if (status === 'DONE') return 1
  if (lastId === null) return 0
  const [fromMs, toMs] = [fromAt.getTime(), toAt.getTime()]
  const atMs = requestIdTimeMs(requestIdFromBytes(lastId))
  return toMs <= fromMs ? 0 : Math.min(1, Math.max(0, (atMs - fromMs) / (toMs - fromMs)))
}

/** What audit events of it are about. */
export function recalculationTarget({ id, dryRun }: Pick<RecalculationRow, 'id' | 'dryRun'>): AuditTarget {
  const label = dryRun ? `${recalculationId(id)}, a dry run` : recalculationId(id)
  return { type: 'CostRecalculation', id: recalculationId(id), label }
}
