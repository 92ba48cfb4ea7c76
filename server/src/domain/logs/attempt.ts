// The attempts of a call, as its record stores them.
import { FAILURE_CLASSES, type FailureClass } from '../upstreams/failure-class.ts'
import { type TransportReason, transportReasonNamed } from '../upstreams/transport-reason.ts'

export type Attempt = {
  upstream: string
  /** The number of the credential; null where the upstream has none, or is of the environment. */
  credentialId: number | null
  /** The model's name at the upstream; null where the call names none. */
  upstreamModel: string | null
  /** Whole milliseconds from accepting the call to sending this. */
  startedMs: number
  /** Whole milliseconds to its failure; of the attempt whose response was sent to the client, to the end of the call. */
  durationMs: number
  /** The status of the upstream's response; null without a response. */
  httpStatus: number | null
  /** Null: its response is the response of the call. */
  failure: FailureClass | null
  errorCode: string | null
  /** Why no whole response came; null where one did, and in records of before it was kept. */
  reason: TransportReason | null
  upstreamRequestId: string | null
}

// More than the highest number of attempts that the setting allows.
const ATTEMPTS_MAX = 16
const TEXT_MAX = 256

/** The text of a record's `attempts`, at most some 16 KB: the first fifteen and the last, where there are more. */
export function writeAttempts(attempts: readonly Attempt[]): string {
  const kept =
    attempts.length <= ATTEMPTS_MAX
      ? attempts
      : [...attempts.slice(0, ATTEMPTS_MAX - 1), ...attempts.slice(-1)]
  return JSON.stringify(
    kept.map((attempt) => ({
      ...attempt,
      upstream: truncate(attempt.upstream),
      upstreamModel: truncateOrNull(attempt.upstreamModel),
      errorCode: truncateOrNull(attempt.errorCode),
      upstreamRequestId: truncateOrNull(attempt.upstreamRequestId),
    })),
  )
}

/** Reads what `writeAttempts` wrote; what is of another form is omitted, so that an old or damaged row can still be read. */
export function readAttempts(text: string | null): Attempt[] {
  if (text === null) return []
  const list = parsed(text)
  return Array.isArray(list) ? list.slice(0, ATTEMPTS_MAX).flatMap((value) => readAttempt(value) ?? []) : []
}

function readAttempt(value: unknown): Attempt | null {
  if (typeof value !== 'object' || value === null) return null
  const from = value as Record<keyof Attempt, unknown>
  if (typeof from.upstream !== 'string') return null
  return {
    upstream: from.upstream,
    credentialId: wholeOrNull(from.credentialId),
    upstreamModel: textOrNull(from.upstreamModel),
    startedMs: wholeOrNull(from.startedMs) ?? 0,
    durationMs: wholeOrNull(from.durationMs) ?? 0,
    httpStatus: wholeOrNull(from.httpStatus),
    failure: FAILURE_CLASSES.find((name) => name === from.failure) ?? null,
    errorCode: textOrNull(from.errorCode),
    reason: transportReasonNamed(from.reason),
    upstreamRequestId: textOrNull(from.upstreamRequestId),
  }
}

function truncate(text: string): string {
  return text.slice(0, TEXT_MAX).toWellFormed()
}

function truncateOrNull(text: string | null): string | null {
  return text === null ? null : truncate(text)
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function wholeOrNull(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
