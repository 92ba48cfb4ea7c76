// Inserts request logs into SQLite, one by one in a transaction of many.
import type { DatabaseSync } from 'node:sqlite'
import type { CallRecord } from '../../domain/logs/call-record.ts'
import { requestIdBytes, requestIdTimeMs } from '../../domain/uuid.ts'
import type { REQUEST_LOG_NAMES } from '../queries/request-logs.ts'

// In the order in which they are bound below: one by one, since a loop over names takes twice the time of all of them.
const COLUMNS = [
  'id',
  'startedAt',
  'apiKeyId',
  'method',
  'endpoint',
  'outcome',
  'httpStatus',
  'errorCode',
  'errorMessage',
  'upstream',
  'upstreamRequestId',
  'requestedModel',
  'resolvedModel',
  'streamed',
  'finishReason',
  'closeCode',
  'shadowDenials',
  'costNanoUsd',
  'receipt',
  'attempts',
  'usedSecret',
  'usageSource',
  'inputTokens',
  'outputTokens',
  'cachedInputTokens',
  'reasoningTokens',
  'durationMs',
  'timeToFirstTokenMs',
  'requestBytes',
  'responseBytes',
  'clientIp',
  'userAgent',
] as const satisfies ('id' | 'startedAt' | (typeof REQUEST_LOG_NAMES)[number])[]

/** Prepares the insert. It answers false where a log of that id is there already; throws TypeError for an id that is none. */
export function prepareLogInsert(database: DatabaseSync): (record: CallRecord) => boolean {
  const statement = database.prepare(
    `INSERT INTO "RequestLog" (${COLUMNS.map((name) => `"${name}"`).join(', ')})
     VALUES (${COLUMNS.map(() => '?').join(', ')}) ON CONFLICT ("id") DO NOTHING`,
  )
  return (record) => {
    const id = requestIdBytes(record.id)
    if (id === null) throw new TypeError('a call record has an id that is not a request id')
    const { changes } = statement.run(
      id,
      requestIdTimeMs(record.id),
      record.apiKeyId,
      record.method,
      record.endpoint,
      record.outcome,
      record.httpStatus,
      record.errorCode,
      record.errorMessage,
      record.upstream,
      record.upstreamRequestId,
      record.requestedModel,
      record.resolvedModel,
      record.streamed ? 1 : 0,
      record.finishReason,
      record.closeCode,
      record.shadowDenials,
      record.costNanoUsd,
      record.receipt,
      record.attempts,
      record.usedSecret,
      record.usageSource,
      record.inputTokens,
      record.outputTokens,
      record.cachedInputTokens,
      record.reasoningTokens,
      record.durationMs,
      record.timeToFirstTokenMs,
      record.requestBytes,
      record.responseBytes,
      record.clientIp,
      record.userAgent,
    )
    return changes !== 0
  }
}
