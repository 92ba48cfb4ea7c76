// What a record must be for both databases to take it. A line that is not goes into the quarantine when it is read: in a
// batch it would have the whole transaction refused, each time it is tried, and everything behind it would wait for ever.
import { type CallRecord, OUTCOMES, USAGE_SOURCES } from '../../domain/call-record.ts'
import { FORMER_SECRETS } from '../../domain/key-rotation.ts'
import { requestIdBytes } from '../../domain/uuid.ts'

/** What is known of a call when it is admitted; what it lacks is what the end of a call tells. */
export type OpenedCall = Omit<
  CallRecord,
  'outcome' | 'durationMs' | 'closeCode' | 'shadowDenials' | 'costNanoUsd' | 'receipt' | 'attempts'
>

const INT_MAX = 2 ** 31 - 1

type Check = (value: unknown) => boolean

const text: Check = (value) => typeof value === 'string'
const flag: Check = (value) => typeof value === 'boolean'
const int: Check = (value) => whole(value, INT_MAX)
const bytes: Check = (value) => whole(value, Number.MAX_SAFE_INTEGER)
const nullOr =
  (check: Check): Check =>
  (value) =>
    value === null || check(value)
const oneOf =
  (members: readonly unknown[]): Check =>
  (value) =>
    members.includes(value)

const OPENED: Record<keyof OpenedCall, Check> = {
  id: (value) => typeof value === 'string' && requestIdBytes(value) !== null,
  apiKeyId: nullOr(int),
  method: text,
  endpoint: text,
  httpStatus: nullOr(int),
  errorCode: nullOr(text),
  errorMessage: nullOr(text),
  upstream: nullOr(text),
  upstreamRequestId: nullOr(text),
  requestedModel: nullOr(text),
  resolvedModel: nullOr(text),
  streamed: flag,
  finishReason: nullOr(text),
  usageSource: oneOf(USAGE_SOURCES),
  inputTokens: nullOr(int),
  outputTokens: nullOr(int),
  cachedInputTokens: nullOr(int),
  reasoningTokens: nullOr(int),
  timeToFirstTokenMs: nullOr(int),
  requestBytes: bytes,
  responseBytes: bytes,
  clientIp: nullOr(text),
  userAgent: nullOr(text),
  usedSecret: nullOr(oneOf(FORMER_SECRETS)),
}
const OPENED_CHECKS = Object.entries(OPENED)
const CLOSED_CHECKS: [string, Check][] = [
  ...OPENED_CHECKS,
  ['outcome', oneOf(OUTCOMES)],
  ['durationMs', int],
  ['closeCode', nullOr(int)],
  ['shadowDenials', nullOr(text)],
  ['costNanoUsd', nullOr(bytes)],
  ['receipt', nullOr(text)],
  ['attempts', nullOr(text)],
]

/** The members of each, in the order in which a line says them; all but the id, which comes first. */
export const OPENED_NAMES = namesIn(OPENED_CHECKS) as (keyof OpenedCall)[]
export const CLOSED_NAMES = namesIn(CLOSED_CHECKS) as (keyof CallRecord)[]

/** What a line that leaves members out says of them. */
export const OPENED_UNKNOWN = nullsIn(OPENED_CHECKS)
export const CLOSED_UNKNOWN = nullsIn(CLOSED_CHECKS)

export function isOpenedCall(value: object): value is OpenedCall {
  return holds(value, OPENED_CHECKS)
}

export function isCallRecord(value: object): value is CallRecord {
  return holds(value, CLOSED_CHECKS)
}

function namesIn(checks: [string, Check][]): string[] {
  return checks.map(([name]) => name).filter((name) => name !== 'id')
}

function nullsIn(checks: [string, Check][]): Record<string, null> {
  return Object.fromEntries(checks.filter(([, check]) => check(null)).map(([name]) => [name, null]))
}

function holds(value: object, checks: [string, Check][]): boolean {
  const members = value as Record<string, unknown>
  for (const [name, check] of checks) if (!check(members[name])) return false
  return true
}

function whole(value: unknown, max: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max
}
