// Request logs in the database's own form. One place knows the columns, for reading and for writing in bulk.

import type { FormerSecret } from '../../domain/keys/key-rotation.ts'
import type { CallRecord, Outcome, UsageSource } from '../../domain/logs/call-record.ts'
import { requestIdBytes, requestIdFromBytes, requestIdTimeMs } from '../../domain/uuid.ts'
import type { SqlRow } from '../sql.ts'

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
  closeCode: 'int',
  shadowDenials: 'text',
  costNanoUsd: 'bigint',
  receipt: 'text',
  attempts: 'text',
  usedSecret: 'text',
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

/** Every column but `id` and `startedAt`, which both come from the record's id. */
export const REQUEST_LOG_NAMES = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[]

/** What a SELECT of request logs selects, for `recordFromRow`. */
export const REQUEST_LOG_COLUMNS = ['id', ...REQUEST_LOG_NAMES].map((name) => `l."${name}"`).join(', ')

/** Reads a row that REQUEST_LOG_COLUMNS selected. */
export function recordFromRow(row: SqlRow): CallRecord {
  const {
    id,
    streamed,
    outcome,
    usageSource,
    usedSecret,
    costNanoUsd,
    requestBytes,
    responseBytes,
    ...rest
  } = row
  return {
    ...(rest as Omit<
      CallRecord,
      | 'id'
      | 'streamed'
      | 'outcome'
      | 'usageSource'
      | 'usedSecret'
      | 'costNanoUsd'
      | 'requestBytes'
      | 'responseBytes'
    >),
    id: requestIdFromBytes(id as Uint8Array),
    // SQLite has no boolean: 0 and 1.
    streamed: Boolean(streamed),
    outcome: outcome as Outcome,
    usageSource: usageSource as UsageSource,
    usedSecret: usedSecret as FormerSecret | null,
    costNanoUsd: costNanoUsd === null ? null : Number(costNanoUsd),
    requestBytes: Number(requestBytes),
    responseBytes: Number(responseBytes),
  }
}

// PostgreSQL takes at most 2,704 bytes into an index, and a character is up to three.
const INDEXED_MAX_CHARS = 512
const INDEXED: ReadonlySet<string> = new Set(['outcome', 'requestedModel', 'upstream', 'endpoint'])
const TEXT_MAX_CHARS = 4_000
const TEXT_NAMES = REQUEST_LOG_NAMES.filter((name) => COLUMNS[name] === 'text')

/**
 * A record as both databases take it: text without NUL (PostgreSQL has none) and without lone surrogates (UTF-8 has none),
 * cut to what an index or a row should hold. One record that a database refuses would hold up every record behind it.
 */
export function storable(record: CallRecord): CallRecord {
  let mended = record
  for (const name of TEXT_NAMES) {
    const value = record[name]
    if (typeof value !== 'string') continue
    const text = storableText(name, value)
    if (text !== value) mended = { ...mended, [name]: text }
  }
  return mended
}

function storableText(name: string, text: string): string {
  const max = INDEXED.has(name) ? INDEXED_MAX_CHARS : TEXT_MAX_CHARS
  // As good as all are: two quick looks instead of three copies.
  if (text.length <= max && text.isWellFormed() && !text.includes('\0')) return text
  return text.slice(0, max).toWellFormed().replaceAll('\0', '\ufffd')
}

/** A record as a member of the JSON array that INSERT_POSTGRES takes. Throws TypeError for an id that is none. */
export function jsonRow(record: CallRecord): Record<string, unknown> {
  const bytes = requestIdBytes(record.id)
  if (bytes === null) throw new TypeError('a call record has an id that is not a request id')
  const row: Record<string, unknown> = {
    id: Buffer.from(bytes).toString('hex'),
    startedAtMs: requestIdTimeMs(record.id),
  }
  for (const name of REQUEST_LOG_NAMES) row[name] = record[name]
  return row
}

/**
 * One statement for any number of records, as one JSON parameter: bound values would cost far more to prepare.
 * Leaves out records whose key has been deleted and those that are there; answers the ids that it inserted.
 */
export const INSERT_POSTGRES = `
  INSERT INTO "RequestLog" ("id", "startedAt", ${REQUEST_LOG_NAMES.map((name) => `"${name}"`).join(', ')})
  SELECT decode(j."id", 'hex'), to_timestamp(j."startedAtMs" / 1000.0) AT TIME ZONE 'UTC', ${REQUEST_LOG_NAMES.map((name) => `j."${name}"`).join(', ')}
  FROM jsonb_to_recordset($1::jsonb)
    AS j("id" text, "startedAtMs" bigint, ${REQUEST_LOG_NAMES.map((name) => `"${name}" ${COLUMNS[name]}`).join(', ')})
  WHERE j."apiKeyId" IS NULL OR EXISTS (SELECT 1 FROM "ApiKey" k WHERE k."id" = j."apiKeyId")
  ON CONFLICT ("id") DO NOTHING
  RETURNING "id"`
