// A filter over records in memory: for those that have just been recorded. store/queries/request-log-where.ts has the same
// conditions as SQL.
import type { CallRecord } from '../../domain/logs/call-record.ts'
import {
  addressForms,
  type Between,
  type RequestLogFilter,
  requestIdPart,
} from '../../domain/logs/request-log-query.ts'
import { requestIdTimeMs } from '../../domain/uuid.ts'

/** A test for the records that match a filter. What is slow to prepare is prepared once. */
export function matcherOf(filter: RequestLogFilter): (record: CallRecord) => boolean {
  const { id, fromMs = 0, toMs = Number.POSITIVE_INFINITY, streamed, text } = filter
  const ips = filter.clientIps?.flatMap(addressForms)
  const needle = text?.toLowerCase()
  const part = text === undefined ? null : requestIdPart(text)
  return (record) => {
    const atMs = requestIdTimeMs(record.id)
    return (
      (id === undefined || record.id === id) &&
      atMs >= fromMs &&
      atMs < toMs &&
      isOneOf(record.apiKeyId, filter.apiKeyIds) &&
      isOneOf(record.outcome, filter.outcomes) &&
      isOneOf(record.requestedModel, filter.models) &&
      isOneOf(record.upstream, filter.upstreams) &&
      isOneOf(record.errorCode, filter.errorCodes) &&
      isOneOf(record.endpoint, filter.endpoints) &&
      isOneOf(record.clientIp, ips) &&
      isOneOf(record.usedSecret, filter.usedSecrets) &&
      isBetween(record.httpStatus, filter.httpStatus) &&
      isBetween(record.durationMs, filter.durationMs) &&
      isBetween(totalTokens(record), filter.totalTokens) &&
      isBetween(record.costNanoUsd, filter.costNanoUsd) &&
      (streamed === undefined || record.streamed === streamed) &&
      (needle === undefined || contains(record, needle, part))
    )
  }
}

function isOneOf<T>(value: T | null, members: T[] | undefined): boolean {
  return members === undefined || (value !== null && members.includes(value))
}

function isBetween(value: number | null, range: Between | undefined): boolean {
  if (range?.gte === undefined && range?.lte === undefined) return true
  return value !== null && value >= (range.gte ?? -Infinity) && value <= (range.lte ?? Infinity)
}

function totalTokens({ inputTokens, outputTokens }: CallRecord): number | null {
  return inputTokens === null && outputTokens === null ? null : (inputTokens ?? 0) + (outputTokens ?? 0)
}

function contains(record: CallRecord, needle: string, part: string | null): boolean {
  const texts = [record.errorMessage, record.errorCode, record.upstreamRequestId]
  if (texts.some((text) => text?.toLowerCase().includes(needle))) return true
  return part !== null && record.id.slice('req_'.length).includes(part)
}
