// Request logs in the database's own form. One place knows the columns, for reading and for writing in bulk.
import type { CallRecord, Outcome, UsageSource } from '../domain/call-record.ts'
import { requestIdBytes, requestIdFromBytes, requestIdTimeMs } from '../domain/uuid.ts'
import type { SqlRow, SqlStatement } from './sql.ts'
import type { DatabaseKind } from './store.ts'

// Column → type on Postgres. `id` and `startedAt` come first; both are made from the record's id.
const COLUMNS = {
  apiKeyId: 'int',
  method: 'text',
  endpoint: 'text',
  outcome: 'text',
  httpStatus: 'int',
  errorCode: 'text',
  errorMessage: 'text',
  upstream: 'text',
  upstreamRequestId: 'text',
  requestedModel: 'text',
  resolvedModel: 'text',
  streamed: 'boolean',
  finishReason: 'text',
  usageSource: 'text',
  inputTokens: 'int',
  outputTokens: 'int',
  cachedInputTokens: 'int',
  reasoningTokens: 'int',
  durationMs: 'int',
  timeToFirstTokenMs: 'int',
  requestBytes: 'bigint',
  responseBytes: 'bigint',
  clientIp: 'text',
  userAgent: 'text',
} as const satisfies Partial<Record<keyof CallRecord, string>>

const NAMES = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[]

/** What a SELECT of request logs selects, for `recordFromRow`. */
export const REQUEST_LOG_COLUMNS = ['id', ...NAMES].map((name) => `l."${name}"`).join(', ')

/** Reads a row that REQUEST_LOG_COLUMNS selected. */
export function recordFromRow(row: SqlRow): CallRecord {
  const { id, streamed, outcome, usageSource, requestBytes, responseBytes, ...rest } = row
  return {
    ...(rest as Omit<
      CallRecord,
      'id' | 'streamed' | 'outcome' | 'usageSource' | 'requestBytes' | 'responseBytes'
    >),
    id: requestIdFromBytes(id as Uint8Array),
    // SQLite has no boolean: 0 and 1.
    streamed: Boolean(streamed),
    outcome: outcome as Outcome,
    usageSource: usageSource as UsageSource,
    requestBytes: Number(requestBytes),
    responseBytes: Number(responseBytes),
  }
}

/**
 * The statements that write a batch of records and move their keys' counters, for one transaction.
 *
 * Writing a record again changes nothing: it is counted only while its row is not there yet. Records of a key that
 * has been deleted are left out, since its logs are gone for ever.
 */
export function insertStatements(kind: DatabaseKind, records: CallRecord[]): SqlStatement[] {
  const values = [JSON.stringify(records.map(jsonRow))]
  return kind === 'sqlite'
    ? [
        { text: COUNT_SQLITE, values },
        { text: INSERT_SQLITE, values },
      ]
    : [
        { text: COUNT_POSTGRES, values },
        { text: INSERT_POSTGRES, values },
      ]
}

function jsonRow(record: CallRecord): Record<string, unknown> {
  const bytes = requestIdBytes(record.id)
  if (bytes === null) throw new TypeError('a call record has an id that is not a request id')
  return { ...record, id: Buffer.from(bytes).toString('hex'), startedAtMs: requestIdTimeMs(record.id) }
}

const INSERT_INTO = `INSERT INTO "RequestLog" ("id", "startedAt", ${NAMES.map((name) => `"${name}"`).join(', ')})`

const NEW_SQLITE = `NOT EXISTS (SELECT 1 FROM "RequestLog" o WHERE o."id" = unhex(j.value->>'id'))`
const COUNT_SQLITE = `
  UPDATE "ApiKey" SET "usageCount" = "usageCount" + u.calls, "lastUsedAt" = max(coalesce("lastUsedAt", 0), u.last)
  FROM (
    SELECT j.value->>'apiKeyId' AS "keyId", count(DISTINCT j.value->>'id') AS calls, max(j.value->>'startedAtMs') AS last
    FROM json_each($1) j WHERE j.value->>'outcome' <> 'DENIED' AND ${NEW_SQLITE} GROUP BY 1
  ) u WHERE "ApiKey"."id" = u."keyId"`
const INSERT_SQLITE = `${INSERT_INTO}
  SELECT unhex(j.value->>'id'), j.value->>'startedAtMs', ${NAMES.map((name) => `j.value->>'${name}'`).join(', ')}
  FROM json_each($1) j
  WHERE j.value->>'apiKeyId' IS NULL OR EXISTS (SELECT 1 FROM "ApiKey" k WHERE k."id" = j.value->>'apiKeyId')
  ON CONFLICT ("id") DO NOTHING`

const RECORDSET = `jsonb_to_recordset($1::jsonb)
  AS j("id" text, "startedAtMs" bigint, ${NAMES.map((name) => `"${name}" ${COLUMNS[name]}`).join(', ')})`
const STARTED_AT = `(to_timestamp(j."startedAtMs" / 1000.0) AT TIME ZONE 'UTC')`
const NEW_POSTGRES = `NOT EXISTS (SELECT 1 FROM "RequestLog" o WHERE o."id" = decode(j."id", 'hex'))`
const COUNT_POSTGRES = `
  UPDATE "ApiKey" SET "usageCount" = "usageCount" + u.calls, "lastUsedAt" = greatest("lastUsedAt", u.last)
  FROM (
    SELECT j."apiKeyId" AS "keyId", count(DISTINCT j."id") AS calls, max(${STARTED_AT}) AS last
    FROM ${RECORDSET} WHERE j."outcome" <> 'DENIED' AND ${NEW_POSTGRES} GROUP BY 1
  ) u WHERE "ApiKey"."id" = u."keyId"`
const INSERT_POSTGRES = `${INSERT_INTO}
  SELECT decode(j."id", 'hex'), ${STARTED_AT}, ${NAMES.map((name) => `j."${name}"`).join(', ')}
  FROM ${RECORDSET}
  WHERE j."apiKeyId" IS NULL OR EXISTS (SELECT 1 FROM "ApiKey" k WHERE k."id" = j."apiKeyId")
  ON CONFLICT ("id") DO NOTHING`
