// The attempt log: what became of each attempt of one call, for its record. A call has one only after an incident.
import { type Attempt, writeAttempts } from '../../domain/logs/attempt.ts'
import type { Route } from '../routing/route-table.ts'
import type { FailedAttempt } from './failed-attempt.ts'

export type AttemptLog = {
  /** Milliseconds since the call was accepted, here as everywhere. */
  began(route: Route, startedMs: number): void
  failed(failed: FailedAttempt, atMs: number): void
  /** The route of the latest attempt that failed. */
  lastRoute(): Route | null
  /** As the record stores it; an attempt that has not ended is the one whose response, or end, is the call's. */
  text(atMs: number, response: { httpStatus: number | null; upstreamRequestId: string | null }): string
}

/** An empty log; it begins with the first attempt that is reported to it. */
export function createAttemptLog(): AttemptLog {
  const ended: Attempt[] = []
  let lastRoute: Route | null = null
  let current: { route: Route; startedMs: number } | null = null

  function entry(
    atMs: number,
    result: Pick<Attempt, 'httpStatus' | 'failure' | 'errorCode' | 'reason' | 'upstreamRequestId'>,
  ) {
    if (current === null) return
    const { route, startedMs } = current
    ended.push({
      upstream: route.upstream.name,
      credentialId: route.upstream.settings?.credentialId ?? null,
      upstreamModel: route.model,
      startedMs: Math.round(startedMs),
      durationMs: Math.max(0, Math.round(atMs - startedMs)),
      ...result,
    })
    lastRoute = route
    current = null
  }

  return {
    began(route, startedMs) {
      current = { route, startedMs }
    },
    failed({ failure, code, httpStatus, headers, reason = null }, atMs) {
      const upstreamRequestId = [headers?.['x-request-id']].flat()[0] ?? null
      entry(atMs, { httpStatus, failure, errorCode: code, reason, upstreamRequestId })
    },
    lastRoute: () => lastRoute,
    text(atMs, { httpStatus, upstreamRequestId }) {
      entry(atMs, { httpStatus, failure: null, errorCode: null, reason: null, upstreamRequestId })
      return writeAttempts(ended)
    },
  }
}
