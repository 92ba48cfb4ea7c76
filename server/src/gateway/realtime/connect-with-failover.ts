// Opens a realtime session by the first of its ways whose upstream takes it. The caller has not been accepted yet, so that a
// failure costs nothing but time.
import type { IncomingHttpHeaders } from 'node:http'
import { classOfAnswer, type FailureClass, isIncident } from '../../domain/upstreams/failure-class.ts'
import { retryAfterMs } from '../../http/wire/retry-after.ts'
import { createAttemptLog } from '../attempt/attempt-log.ts'
import { type Way, wayTo } from '../attempt/upstream-request-profile.ts'
import { type Call, printable } from '../call/call.ts'
import type { Gateway } from '../gateway.ts'
import { upstreamErrorOf } from '../metering/upstream-error.ts'
import { SESSION } from '../pricing/billable-units.ts'
import { nextWay } from '../routing/candidate-routes.ts'
import type { Route, Ways } from '../routing/route-table.ts'
import type { UpstreamAnswer } from './connect-upstream.ts'

/** Resolves with the answer of the last way that was gone: open, or what nothing else could help. */
export async function connectByWays(
  gateway: Gateway,
  call: Call,
  { first, others }: Ways,
  connect: (route: Route) => Promise<UpstreamAnswer>,
): Promise<{ answer: UpstreamAnswer; way: Way }> {
  const { routing, health, clock, open } = gateway
  const log = createAttemptLog()
  let route = first
  let left = others
  for (let tries = 1; ; tries++) {
    call.note({ upstream: route.upstream.name, resolvedModel: printable(route.model, 256) })
    call.charge({ gateway, route, asked: SESSION })
    if (tries === 1) call.open(open)
    const way = wayTo(route.upstream)
    log.began(route, call.elapsedMs())
    if (!health.quiet) health.began(route)
    const answer = await connect(route)
    const failed = failureOf(answer, way)
    if (failed === null) {
      if (answer.kind === 'open' && !health.quiet) health.answered(route)
      return { answer, way }
    }
    const { failure, headers } = failed
    health.failed(route, failure, headers === null ? null : retryAfterMs(headers, clock()))
    const isPast = call.elapsedMs() > routing.deadlineMs
    const next = isPast || tries > routing.extraAttempts ? null : nextWay(route, failure, left, health)
    if (next !== null || tries > 1 || isIncident(failure)) {
      log.failed({ ...failed, isItsFault: true }, call.elapsedMs())
      call.noteAttempts(log)
    }
    if (next === null) return { answer, way }
    route = next.first
    left = next.others
  }
}

type Failed = {
  failure: FailureClass
  code: string
  httpStatus: number | null
  headers: IncomingHttpHeaders | null
}

/** Null for a session that is open, and for one that nobody waits for any more. */
function failureOf(answer: UpstreamAnswer, { secrets }: Way): Failed | null {
  if (answer.kind === 'open' || answer.kind === 'aborted') return null
  if (answer.kind === 'failed') {
    // Whether the handshake was sent is not known, and nothing comes of one that is not answered.
    const failure = answer.failure === 'timeout' ? 'TIMEOUT' : 'RESET'
    return { failure, code: `upstream_${answer.failure}`, httpStatus: null, headers: null }
  }
  const { status, headers, body } = answer
  const told = upstreamErrorOf(body, status, secrets)
  const failure = status < 400 ? 'INVALID_ANSWER' : classOfAnswer(status, told)
  return { failure, code: told.code, httpStatus: status, headers }
}
