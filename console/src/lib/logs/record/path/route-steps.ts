// The attempts of a call as the waterfall draws them.
import type { RequestLog } from '@latchkey/sdk'

type Attempt = RequestLog['attempts'][number]

export type Step = {
  upstream: string
  upstreamModel: string | null
  credentialId: string | null
  /** Milliseconds after the call was accepted; null: not kept, of a call whose first attempt succeeded. */
  startedMs: number | null
  endedMs: number
  firstTokenMs: number | null
  httpStatus: number | null
  failure: Attempt['failure']
  reason: Attempt['reason']
  errorCode: string | null
  upstreamRequestId: string | null
}

/** Empty for a call that was sent nowhere. A first attempt that succeeded is not listed by the server, and is the call itself. */
export function stepsOf(log: RequestLog): Step[] {
  if (log.attempts.length === 0) {
    if (log.upstream === null) return []
    return [
      {
        upstream: log.upstream,
        upstreamModel: log.resolvedModel,
        credentialId: null,
        startedMs: null,
        endedMs: log.durationMs,
        firstTokenMs: log.timeToFirstTokenMs,
        httpStatus: log.httpStatus,
        failure: null,
        reason: null,
        errorCode: null,
        upstreamRequestId: log.upstreamRequestId,
      },
    ]
  }
  return log.attempts.map((attempt) => ({
    upstream: attempt.upstream,
    upstreamModel: attempt.upstreamModel,
    credentialId: attempt.credentialId,
    startedMs: attempt.startedMs,
    endedMs: attempt.startedMs + attempt.durationMs,
    firstTokenMs: attempt.failure === null ? log.timeToFirstTokenMs : null,
    httpStatus: attempt.httpStatus,
    failure: attempt.failure,
    reason: attempt.reason,
    errorCode: attempt.errorCode,
    upstreamRequestId: attempt.upstreamRequestId,
  }))
}
