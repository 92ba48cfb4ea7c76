// What a record must be for both databases to take it. A line that is not goes into the quarantine when it is read: in a
// batch it would have the whole transaction refused, each time it is tried, and everything behind it would wait for ever.

import { FORMER_SECRETS } from '../../domain/keys/key-rotation.ts'
import { type CallRecord, OUTCOMES, USAGE_SOURCES } from '../../domain/logs/call-record.ts'
import { isRequestId } from '../../domain/uuid.ts'

/** What is known of a call when it is admitted; what it lacks is what the end of a call tells. */
export type OpenedCall = Omit<
  CallRecord,
  'outcome' | 'durationMs' | 'closeCode' | 'shadowDenials' | 'costNanoUsd' | 'receipt' | 'attempts'
>

type Members = { [Name in keyof CallRecord]: unknown }

const INT_MAX = 2 ** 31 - 1

/** What a line says of an open call, what it leaves out being null; null where no database would take it. */
export function openedCall(value: object): OpenedCall | null {
  const members = membersOf(value as Partial<Members>)
  return isOpened(members) ? (members as OpenedCall) : null
}

/** The same of a closed one. */
export function closedCall(value: object): CallRecord | null {
  const members = membersOf(value as Partial<Members>)
  return isOpened(members) && isClosed(members) ? (members as CallRecord) : null
}

// Named one by one, here and below: every call passes through, and a loop over names takes several times as long.
function membersOf(said: Partial<Members>): Members {
  return {
    id: said.id,
    apiKeyId: said.apiKeyId ?? null,
    method: said.method,
    endpoint: said.endpoint,
    outcome: said.outcome,
    httpStatus: said.httpStatus ?? null,
    errorCode: said.errorCode ?? null,
    errorMessage: said.errorMessage ?? null,
    upstream: said.upstream ?? null,
    upstreamRequestId: said.upstreamRequestId ?? null,
    requestedModel: said.requestedModel ?? null,
    resolvedModel: said.resolvedModel ?? null,
    streamed: said.streamed,
    finishReason: said.finishReason ?? null,
    closeCode: said.closeCode ?? null,
    shadowDenials: said.shadowDenials ?? null,
    costNanoUsd: said.costNanoUsd ?? null,
    receipt: said.receipt ?? null,
    attempts: said.attempts ?? null,
    usedSecret: said.usedSecret ?? null,
    usageSource: said.usageSource,
    inputTokens: said.inputTokens ?? null,
    outputTokens: said.outputTokens ?? null,
    cachedInputTokens: said.cachedInputTokens ?? null,
    reasoningTokens: said.reasoningTokens ?? null,
    durationMs: said.durationMs,
    timeToFirstTokenMs: said.timeToFirstTokenMs ?? null,
    requestBytes: said.requestBytes,
    responseBytes: said.responseBytes,
    clientIp: said.clientIp ?? null,
    userAgent: said.userAgent ?? null,
  }
}

function isOpened(members: Members): boolean {
  return (
    typeof members.id === 'string' &&
    isRequestId(members.id) &&
    isIntOrNull(members.apiKeyId) &&
    typeof members.method === 'string' &&
    typeof members.endpoint === 'string' &&
    isIntOrNull(members.httpStatus) &&
    isTextOrNull(members.errorCode) &&
    isTextOrNull(members.errorMessage) &&
    isTextOrNull(members.upstream) &&
    isTextOrNull(members.upstreamRequestId) &&
    isTextOrNull(members.requestedModel) &&
    isTextOrNull(members.resolvedModel) &&
    typeof members.streamed === 'boolean' &&
    isTextOrNull(members.finishReason) &&
    isOneOf(USAGE_SOURCES, members.usageSource) &&
    isIntOrNull(members.inputTokens) &&
    isIntOrNull(members.outputTokens) &&
    isIntOrNull(members.cachedInputTokens) &&
    isIntOrNull(members.reasoningTokens) &&
    isIntOrNull(members.timeToFirstTokenMs) &&
    isWhole(members.requestBytes, Number.MAX_SAFE_INTEGER) &&
    isWhole(members.responseBytes, Number.MAX_SAFE_INTEGER) &&
    isTextOrNull(members.clientIp) &&
    isTextOrNull(members.userAgent) &&
    (members.usedSecret === null || isOneOf(FORMER_SECRETS, members.usedSecret))
  )
}

function isClosed(members: Members): boolean {
  return (
    isOneOf(OUTCOMES, members.outcome) &&
    isWhole(members.durationMs, INT_MAX) &&
    isIntOrNull(members.closeCode) &&
    isTextOrNull(members.shadowDenials) &&
    (members.costNanoUsd === null || isWhole(members.costNanoUsd, Number.MAX_SAFE_INTEGER)) &&
    isTextOrNull(members.receipt) &&
    isTextOrNull(members.attempts)
  )
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === 'string'
}

function isIntOrNull(value: unknown): boolean {
  return value === null || isWhole(value, INT_MAX)
}

function isOneOf(members: readonly unknown[], value: unknown): boolean {
  return members.includes(value)
}

function isWhole(value: unknown, max: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max
}
