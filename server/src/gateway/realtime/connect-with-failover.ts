// Opens a realtime session at the first candidate route whose upstream accepts it. The client has not been accepted yet, so a
// failed attempt costs nothing but time. What follows a failed attempt is decided in attempt/failover.ts.
import { classifyResponse } from '../../domain/upstreams/failure-class.ts'
import {
  classifyTransportError,
  type FailedAttempt,
  TRANSPORT_ERROR_CODES,
} from '../attempt/failed-attempt.ts'
import { Failover } from '../attempt/failover.ts'
import { type UpstreamRequestProfile, upstreamRequestProfile } from '../attempt/upstream-request-profile.ts'
import type { Call } from '../call/call.ts'
import type { Gateway } from '../gateway.ts'
import { errorOfResponse, redactedBytes } from '../metering/parse-upstream-error.ts'
import { SESSION } from '../pricing/billable-units.ts'
import type { CandidateRoutes, Route } from '../routing/route-table.ts'
import type { UpstreamReply } from './connect-upstream.ts'

/** Resolves with the reply to the last attempt: open, aborted, or the failure that nothing else could help. */
export async function connectWithFailover(
  gateway: Gateway,
  call: Call,
  { first, others }: CandidateRoutes,
  connect: (route: Route, profile: UpstreamRequestProfile) => Promise<UpstreamReply>,
): Promise<{ reply: UpstreamReply; profile: UpstreamRequestProfile }> {
  const failover = new Failover(gateway, call, { route: first, others, units: SESSION, repeatable: true })
  for (;;) {
    failover.begin()
    const { route } = failover
    const profile = upstreamRequestProfile(route.upstream)
    const reply = await connect(route, profile)
    const failed = failureOf(reply, profile)
    if (reply.kind === 'open') failover.succeeded()
    // No failure of a handshake is of a class that allows a retry of the same route.
    if (failed === null || failover.decide(failed) === 'stop') return { reply, profile }
  }
}

/** Null for a session that is open, and for one whose client or gateway has ended it. */
function failureOf(reply: UpstreamReply, { secrets }: UpstreamRequestProfile): FailedAttempt | null {
  switch (reply.kind) {
    case 'open':
    case 'aborted':
      return null
    case 'failed': {
      const code = TRANSPORT_ERROR_CODES[reply.failure]
      // Whether the handshake was sent is not known, and without a reply it has no effect.
      const failure = classifyTransportError(code, true)
      return { failure, code, httpStatus: null, headers: null, isUpstreamFault: true }
    }
    case 'refused': {
      const { status, headers, body } = reply
      const error = errorOfResponse(status, redactedBytes(body, secrets))
      const failure = status < 400 ? 'INVALID_ANSWER' : classifyResponse(status, error)
      return { failure, code: error.code, httpStatus: status, headers, isUpstreamFault: true }
    }
  }
}
