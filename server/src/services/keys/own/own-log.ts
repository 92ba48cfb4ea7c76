// A request log as its own key may see it, and pages of them.
import { isCallErrorCode } from '../../../domain/error-catalogue.ts'
import type { OwnLog, OwnLogsPage, OwnLogsQuery } from '../../../domain/keys/own-key.ts'
import type { CallRecord } from '../../../domain/logs/call-record.ts'
import { searchRequestLogs } from '../../../ledger/logs/request-log-search.ts'
import type { ControlPlane } from '../../control-plane.ts'

/** A page, newest first. A search that reads too many rows without a match goes on with the next page. */
export async function ownLogs(
  plane: ControlPlane,
  keyId: number,
  { limit, after, outcome }: OwnLogsQuery,
): Promise<OwnLogsPage> {
  await plane.ledger.settled()
  const filter = { apiKeyIds: [keyId], ...(outcome === null ? {} : { outcomes: [outcome] }) }
  // One more than is sent says whether there are more.
  const place = { limit: limit + 1, ...(after === null ? {} : { olderThan: after }) }
  const { records, stoppedAt } = await searchRequestLogs(plane.store, filter, place)
  const logs = records.slice(0, limit).map(ownLog)
  return { logs, next: records.length > limit ? (logs.at(-1)?.id ?? null) : stoppedAt }
}

/** An error code of an upstream is left out where the client was not sent it; so is every message, which may be an upstream's. */
export function ownLog(record: CallRecord): OwnLog {
  const { errorCode, clientErrorCode } = record
  return {
    id: record.id,
    method: record.method,
    endpoint: record.endpoint,
    model: record.requestedModel,
    outcome: record.outcome,
    httpStatus: record.httpStatus,
    errorCode: errorCode !== null && isCallErrorCode(errorCode) ? errorCode : clientErrorCode,
    inputTokens: record.inputTokens,
    outputTokens: record.outputTokens,
    cachedInputTokens: record.cachedInputTokens,
    reasoningTokens: record.reasoningTokens,
    costNanoUsd: record.costNanoUsd,
    durationMs: record.durationMs,
    timeToFirstTokenMs: record.timeToFirstTokenMs,
    streamed: record.streamed,
    clientIp: record.clientIp,
  }
}
