// A filter over records in memory: for those that have just been recorded. store/queries/request-log-where.ts has the same
// conditions as SQL.
import type { CallRecord } from '../../domain/logs/call-record.ts'
import {
  addressForms,
  type Between,
  LIST_PARTS,
  PAIR_PARTS,
  RANGE_PARTS,
  type RequestLogFilter,
  requestIdPart,
  SEARCHED_COLUMNS,
} from '../../domain/logs/request-log-query.ts'
import { requestIdTimeMs } from '../../domain/uuid.ts'

/** A test for the records that match a filter. What is slow to prepare is prepared once. */
export function matcherOf(filter: RequestLogFilter): (record: CallRecord) => boolean {
  const { ids, fromMs = 0, toMs = Number.POSITIVE_INFINITY, streamed, unpriced, text } = filter
  const lists = LIST_PARTS.flatMap(({ part, column }) => {
    const members = part === 'clientIps' ? filter.clientIps?.flatMap(addressForms) : filter[part]
    return members === undefined ? [] : [{ column, members: members as readonly (string | number)[] }]
  })
  const needle = text?.toLowerCase()
  const idPart = text === undefined ? null : requestIdPart(text)
  return (record) => {
    const atMs = requestIdTimeMs(record.id)
    return (
      (ids === undefined || ids.includes(record.id)) &&
      atMs >= fromMs &&
      atMs < toMs &&
      lists.every(({ column, members }) => isOneOf(record[column], members)) &&
      PAIR_PARTS.every(({ part, column }) => hasPairs(record[column], filter[part])) &&
      RANGE_PARTS.every(({ part, column }) => isBetween(record[column], filter[part])) &&
      isBetween(totalTokens(record), filter.totalTokens) &&
      (streamed === undefined || record.streamed === streamed) &&
      (unpriced === undefined || isUnpriced(record) === unpriced) &&
      (needle === undefined || contains(record, needle, idPart))
    )
  }
}

function isOneOf(value: string | number | null, members: readonly (string | number)[]): boolean {
  return value !== null && members.includes(value)
}

function isUnpriced({ receipt, costNanoUsd }: CallRecord): boolean {
  return receipt !== null && costNanoUsd === null
}

function hasPairs(value: string | null, wanted: readonly string[] = []): boolean {
  return wanted.every((pair) => `,${value ?? ''},`.includes(`,${pair},`))
}

function isBetween(value: number | null, range: Between | undefined): boolean {
  if (range?.gte === undefined && range?.lte === undefined) return true
  return value !== null && value >= (range.gte ?? -Infinity) && value <= (range.lte ?? Infinity)
}

function totalTokens({ inputTokens, outputTokens }: CallRecord): number | null {
  return inputTokens === null && outputTokens === null ? null : (inputTokens ?? 0) + (outputTokens ?? 0)
}

function contains(record: CallRecord, needle: string, part: string | null): boolean {
  if (SEARCHED_COLUMNS.some((name) => record[name]?.toLowerCase().includes(needle))) return true
  return part !== null && record.id.slice('req_'.length).includes(part)
}
