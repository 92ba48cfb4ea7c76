// Request logs as the calls that a back-test runs through a policy.
import { isBilled, isFreeOfCharge } from '../../domain/endpoints/find-endpoint.ts'
import { normalPath } from '../../domain/endpoints/wire-path.ts'
import type { BackTestQuery, BackTestRun, CallSource } from '../../domain/policy/back-test/back-test.ts'
import { modelUseOf } from '../../domain/policy/judge-call.ts'
import { firstIdAt, requestIdFromBytes } from '../../domain/uuid.ts'
import { SQL, type SqlStatement } from '../sql.ts'
import type { DatabaseKind, Store } from '../store.ts'
import { hasPair } from './owners/pair-search.ts'

// `upstream` is compared here and not by the database, so that a page is a bounded number of rows whatever their values.
const COLUMNS = [
  'id',
  'upstream',
  'method',
  'endpoint',
  'requestedModel',
  'resolvedModel',
  'inputTokens',
  'outputTokens',
  'costNanoUsd',
  'reservedNanoUsd',
  'durationMs',
  'clientIp',
  'outcome',
] as const

/** A page of request logs, oldest first, for `addPastCall`; `after` is the last id of the page before. */
export function pastCallsStatement(
  kind: DatabaseKind,
  query: BackTestQuery,
  after: Uint8Array | null,
  limit: number,
): SqlStatement {
  // No request id is the first one of its instant: that has no version in it.
  const { condition, value } = madeBy(kind, query)
  const values = [value, after ?? firstIdAt(query.readFromMs), firstIdAt(query.toMs)]
  return {
    text: `SELECT ${COLUMNS.map((name) => `l."${name}"`).join(', ')}, l."receipt" IS NULL
      FROM "RequestLog" l
      WHERE ${condition} AND l."id" > $2 AND l."id" < $3 ORDER BY l."id" LIMIT ${limit}`,
    values,
  }
}

/** Which request logs are of a source; `$1` is `value`. */
function madeBy(kind: DatabaseKind, source: CallSource): { condition: string; value: string | number } {
  if ('apiKeyId' in source) return { condition: 'l."apiKeyId" = $1', value: source.apiKeyId }
  if ('ownerId' in source) return { condition: 'l."ownerId" = $1', value: source.ownerId }
  return { condition: hasPair(kind, 'l."labels"', '$1'), value: source.label }
}

/**
 * The request log of a key that has `newer` newer ones beside it in this range of time; null where there are fewer. Of an owner or a
 * label no index finds the logs, so that those of everybody are counted: they have to be read.
 */
export async function requestLogBehind(
  store: Store,
  { fromMs, toMs, ...source }: CallSource & { fromMs: number; toMs: number },
  newer: number,
): Promise<string | null> {
  const [condition, values] = 'apiKeyId' in source ? ['l."apiKeyId" = $3', [source.apiKeyId]] : ['TRUE', []]
  const [row] = await store[SQL].scan(
    `SELECT l."id" AS id FROM "RequestLog" l WHERE ${condition} AND l."id" >= $1 AND l."id" < $2
     ORDER BY l."id" DESC LIMIT 1 OFFSET ${Math.trunc(newer)}`,
    [firstIdAt(fromMs), firstIdAt(toMs), ...values],
  )
  return row?.id instanceof Uint8Array ? requestIdFromBytes(row.id) : null
}

/**
 * Adds a row, its columns in an array, where it is of a call that was sent to an upstream: those are what limits count, here
 * as in ledger/usage/key-usage.ts. Returns its id, for the next page.
 */
export function addPastCall(run: BackTestRun, row: readonly unknown[]): Uint8Array {
  const [
    id,
    upstream,
    method,
    endpoint,
    requestedModel,
    resolvedModel,
    input,
    output,
    known,
    reserved,
    duration,
    ip,
    outcome,
    hasNoReceipt,
  ] = row
  if (!(id instanceof Uint8Array)) throw new TypeError('a request log has no id')
  if (upstream === null) return id
  const cost = known ?? reserved ?? null
  // A log from before paths were brought to one form has the path as it was sent.
  const path = normalPath(String(endpoint)) ?? String(endpoint)
  const model = textOrNull(requestedModel)
  const use = modelUseOf(String(method), path, model)
  // Nothing is charged of what reaches no model, or only counts; nor of what its upstream refused or did not respond to, which has
  // no receipt (gateway/pricing/charge.ts). Of all else, null is not known; so it is of what is never metered, and names none.
  const isFree =
    use === 'NONE' ||
    isFreeOfCharge(path) ||
    (outcome === 'ERROR' && Boolean(hasNoReceipt) && (model !== null || isBilled(String(method), path)))
  run.add({
    atMs: instantIn(id),
    method: String(method),
    durationMs: Number(duration),
    address: textOrNull(ip),
    endpoint: path,
    usesModel: use !== 'NONE',
    model,
    resolvedModel: textOrNull(resolvedModel),
    tokens: Number(input ?? 0) + Number(output ?? 0),
    costNanoUsd: cost === null ? (isFree ? 0 : null) : Number(cost),
  })
  return id
}

/** RFC 9562: the first 48 bits. */
function instantIn(id: Uint8Array): number {
  return Buffer.from(id.buffer, id.byteOffset, id.byteLength).readUIntBE(0, 6)
}

function textOrNull(value: unknown): string | null {
  return value === null ? null : String(value)
}
