// Opens a realtime session by the first of its ways whose upstream takes it. The caller has not been accepted yet, so that a
// failure costs nothing but time.

import type { IncomingHttpHeaders } from 'node:http'
import { classifyResponse, type FailureClass, isIncident } from '../../domain/upstreams/failure-class.ts'
import { retryAfterMs } from '../../http/wire/retry-after.ts'
import { createAttemptLog } from '../attempt/attempt-log.ts'
import { type UpstreamRequestProfile, upstreamRequestProfile } from '../attempt/upstream-request-profile.ts'
import type { Call } from '../call/call.ts'
import type { Gateway } from '../gateway.ts'
import { errorOfResponse, redactedBytes } from '../metering/parse-upstream-error.ts'
import { SESSION } from '../pricing/billable-units.ts'
import { Charge } from '../pricing/charge.ts'
import { nextCandidate } from '../routing/candidate-routes.ts'
import type { CandidateRoutes, Route } from '../routing/route-table.ts'
import type { UpstreamReply } from './connect-upstream.ts'

/** Resolves with the answer of the last way that was gone: open, or what nothing else could help. */
export async function connectWithFailover(
  gateway: Gateway,
  call: Call,
  { first, others }: CandidateRoutes,
  connect: (route: Route) => Promise<UpstreamReply>,
): Promise<{ response: UpstreamReply; way: UpstreamRequestProfile }> {
  const { routing, health, clock, open } = gateway
  const log = createAttemptLog()
  let route = first
  let remaining = others
  for (let tries = 1; ; tries++) {
    call.noteAttempt(route.upstream.name, route.model, new Charge(gateway, route, SESSION))
    if (tries === 1) call.open(open)
    const way = upstreamRequestProfile(route.upstream)
    log.began(route, call.elapsedMs())
    if (!health.quiet) health.began(route)
    const response = await connect(route)
    const failed = failureOf(response, way)
    if (failed === null) {
      if (response.kind === 'open' && !health.quiet) health.succeeded(route)
      return { response, way }
    }
    const { failure, headers } = failed
    health.failed(route, failure, headers === null ? null : retryAfterMs(headers, clock()))
    const isPast = call.elapsedMs() > routing.deadlineMs
    const next =
      isPast || tries > routing.extraAttempts ? null : nextCandidate(route, failure, remaining, health)
    if (next !== null || tries > 1 || isIncident(failure)) {
      log.failed({ ...failed, isItsFault: true }, call.elapsedMs())
      call.noteAttempts(log)
    }
    if (next === null) return { response, way }
    route = next.first
    remaining = next.others
  }
}

type Failed = {
  failure: FailureClass
  code: string
  httpStatus: number | null
  headers: IncomingHttpHeaders | null
}

/** Null for a session that is open, and for one that nobody waits for any more. */
function failureOf(response: UpstreamReply, { secrets }: UpstreamRequestProfile): Failed | null {
  if (response.kind === 'open' || response.kind === 'aborted') return null
  if (response.kind === 'failed') {
    // Whether the handshake was sent is not known, and nothing comes of one that is not answered.
    const failure = response.failure === 'timeout' ? 'TIMEOUT' : 'RESET'
    return { failure, code: `upstream_${response.failure}`, httpStatus: null, headers: null }
  }
  const { status, headers, body } = response
  const upstreamError = errorOfResponse(status, redactedBytes(body, secrets))
  const failure = status < 400 ? 'INVALID_ANSWER' : classifyResponse(status, upstreamError)
  return { failure, code: upstreamError.code, httpStatus: status, headers }
}
