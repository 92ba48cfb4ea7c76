// The part of the upstreams: which attempts of a call fail and how, and what the response of the last one is.
import { callError } from '@latchkey/server/domain/errors.ts'
import type { CallRecord } from '@latchkey/server/domain/logs/call-record.ts'
import { HOUR_MS } from '@latchkey/server/domain/time.ts'
import { FAILURE_POLICIES, isIncident } from '@latchkey/server/domain/upstreams/failure-class.ts'
import { createAttemptLog } from '@latchkey/server/gateway/attempt/attempt-log.ts'
import type { Route } from '@latchkey/server/gateway/routing/route-table.ts'
import type { Chance } from '../cast/chance.ts'
import { failingShare, type PlannedFailure, UPSTREAMS } from '../cast/upstreams.ts'
import type { PastGateway } from './past-gateway.ts'
import type { PlannedCall } from './planned-calls.ts'

// As LATCHKEY_ROUTING_EXTRA_ATTEMPTS has it by default.
const ATTEMPTS_MAX = 4

/**
 * Plays the attempts and notes the outcome in the record. Returns the route that the call is charged by; null where it was sent to
 * no upstream.
 */
export function playAttempts(
  gateway: Pick<PastGateway, 'chance' | 'endMs'>,
  record: CallRecord,
  routes: readonly Route[],
  call: PlannedCall,
): { route: Route } | null {
  const { chance } = gateway
  const log = createAttemptLog()
  let nowMs = chance.whole(1, 4)
  let incident = false
  let at = 0
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const route = routes[at]
    if (route === undefined) return null
    log.began(route, nowMs)
    record.upstream = route.upstream.name
    record.resolvedModel = route.model
    record.upstreamRequestId = `req_${Math.floor(chance.random() * 2 ** 40).toString(36)}`
    const planned = UPSTREAMS.find(({ name }) => name === route.upstream.name)
    if (planned === undefined) throw new Error(`${route.upstream.name} is no planned upstream`)
    const hoursBeforeEnd = (gateway.endMs - call.atMs) / HOUR_MS
    if (!chance.happens(failingShare(planned, hoursBeforeEnd))) {
      noteResponse(record, call, planned.slowness, nowMs, chance)
      if (incident) record.attempts = log.text(record.durationMs, record)
      return { route }
    }
    const failure = chance.pickWeighted(planned.failures)
    nowMs += Math.round(failure.afterMs * chance.around(1, 0.2))
    incident ||= isIncident(failure.failure)
    const { failure: failureClass, code, httpStatus, reason } = failure
    const headers = httpStatus === null ? null : { 'x-request-id': record.upstreamRequestId }
    log.failed({ failure: failureClass, code, httpStatus, headers, isUpstreamFault: true, reason }, nowMs)
    const { failover, retry } = FAILURE_POLICIES[failureClass]
    const next = failover === 'none' ? -1 : nextRoute(routes, at, failover)
    if (next === -1 && !(retry && attempt === 0)) {
      noteFailure(record, failure, nowMs)
      if (incident) record.attempts = log.text(record.durationMs, record)
      return { route }
    }
    if (next === -1) nowMs += 250
    else at = next
  }
  noteFailure(record, LAST, nowMs)
  record.attempts = log.text(record.durationMs, record)
  return null
}

const LAST: PlannedFailure = {
  failure: 'TIMEOUT',
  code: 'upstream_timeout',
  message: null,
  httpStatus: null,
  reason: 'HEAD_TIMEOUT',
  afterMs: 0,
}

/** The index of the route that failover goes to; -1: there is none. */
function nextRoute(
  routes: readonly Route[],
  at: number,
  failover: 'other-upstream' | 'other-route' | 'any',
): number {
  const from = routes[at]
  return routes.findIndex((route, index) => {
    if (index <= at) return false
    if (failover === 'any') return true
    const isOtherUpstream = route.upstream.name !== from?.upstream.name
    return failover === 'other-upstream' ? isOtherUpstream : isOtherUpstream || route.model !== from?.model
  })
}

function noteFailure(record: CallRecord, failure: PlannedFailure, nowMs: number): void {
  const own =
    failure.code === 'upstream_timeout' || failure.code === 'upstream_unreachable'
      ? callError(failure.code)
      : null
  record.outcome = 'ERROR'
  record.httpStatus = own?.httpStatus ?? failure.httpStatus
  record.errorCode = failure.code
  record.clientErrorCode = own?.wireCode ?? failure.code
  record.errorMessage = own?.message ?? failure.message
  record.durationMs = nowMs + 1
  record.responseBytes = 320
  if (own !== null) record.upstreamRequestId = null
}

function noteResponse(
  record: CallRecord,
  call: PlannedCall,
  slowness: number,
  startedMs: number,
  chance: Chance,
): void {
  const { model, disconnectsAfter } = call
  const toFirst =
    chance.around(model.firstTokenMs * slowness, 0.35) + call.reasoningTokens / model.tokensASecond
  const writing = (1_000 * call.outputTokens * slowness) / (model.tokensASecond * chance.around(1, 0.2))
  const share = disconnectsAfter ?? 1
  record.httpStatus = 200
  record.outcome = disconnectsAfter === null ? 'SUCCESS' : 'CANCELLED'
  record.finishReason =
    disconnectsAfter === null && model.kind !== 'EMBEDDING' ? chance.pickWeighted(FINISHES) : null
  record.usageSource = disconnectsAfter === null ? 'PROVIDER' : 'ESTIMATED'
  record.inputTokens = call.inputTokens
  record.outputTokens = Math.round(call.outputTokens * share)
  record.cachedInputTokens = call.cachedInputTokens
  record.reasoningTokens = Math.round(call.reasoningTokens * share)
  record.timeToFirstTokenMs = call.streamed ? Math.round(startedMs + toFirst) : null
  record.durationMs = Math.round(startedMs + toFirst + writing * share)
  record.responseBytes = 300 + Math.round(record.outputTokens * (call.streamed ? 190 : 5))
}

const FINISHES = [
  ['stop', 90],
  ['tool_calls', 7],
  ['length', 3],
] as const
