// Opens a WebSocket at the first candidate route whose upstream accepts it. The client has not been accepted yet, so a
// failed attempt costs nothing but time. What follows a failed attempt is decided in attempt/failover.ts.
import { classifyResponse, refusesCredential } from '../../../domain/upstreams/failure-class.ts'
import {
  classifyTransportError,
  type FailedAttempt,
  TRANSPORT_ERROR_CODES,
} from '../../attempt/failed-attempt.ts'
import { Failover } from '../../attempt/failover.ts'
import {
  type UpstreamRequestProfile,
  upstreamRequestProfile,
} from '../../attempt/upstream-request-profile.ts'
import type { Call } from '../../call/call.ts'
import type { Gateway } from '../../gateway.ts'
import { errorOfResponse, redactedBytes } from '../../metering/upstream-error.ts'
import type { BillableUnits } from '../../pricing/billable-units.ts'
import type { CandidateRoutes, Route } from '../../routing/route-table.ts'
import type { UpstreamReply } from './connect-upstream.ts'

/** What is opened: `units` null: the session itself costs nothing. */
export type Opened = {
  units: BillableUnits | null
  /** Clients send the same over HTTP where an upstream has no WebSocket, which is no fault of the upstream's then. */
  hasHttp: boolean
}

/** Resolves with the reply to the last attempt: open, aborted, or the failure that nothing else could help. */
export async function connectWithFailover(
  gateway: Gateway,
  call: Call,
  { first, others }: CandidateRoutes,
  { units, hasHttp }: Opened,
  connect: (route: Route, profile: UpstreamRequestProfile) => Promise<UpstreamReply>,
): Promise<{ reply: UpstreamReply; profile: UpstreamRequestProfile; route: Route }> {
  const failover = new Failover(gateway, call, { route: first, others, units, repeatable: true })
  for (;;) {
    failover.begin()
    const { route } = failover
    const profile = upstreamRequestProfile(route.upstream)
    const reply = await connect(route, profile)
    const failed = failureOf(reply, profile, hasHttp)
    if (reply.kind === 'open') failover.succeeded()
    // No failure of a handshake is of a class that allows a retry of the same route.
    if (failed === null || failover.decide(failed) === 'stop') return { reply, profile, route }
  }
}

/**
 * True for the status of an upstream that opens no WebSocket at a path where it serves HTTP: a page, and any refusal but those of
 * a credential, of a rate limit and of a server that fails. uvicorn, under vLLM and many others, says 403.
 */
export function hasNoWebSocket(status: number): boolean {
  return (
    status === 501 || (status < 500 && status !== 401 && status !== 402 && status !== 408 && status !== 429)
  )
}

/** Null for a session that is open, and for one whose client or gateway has ended it. */
function failureOf(
  reply: UpstreamReply,
  { secrets }: UpstreamRequestProfile,
  hasHttp: boolean,
): FailedAttempt | null {
  switch (reply.kind) {
    case 'open':
    case 'aborted':
      return null
    case 'failed': {
      const code = TRANSPORT_ERROR_CODES[reply.failure]
      // Whether the handshake was sent is not known, and without a reply it has no effect.
      const failure = classifyTransportError(code, true)
      return { failure, code, httpStatus: null, headers: null, isUpstreamFault: true, reason: reply.reason }
    }
    case 'refused': {
      const { status, headers, body } = reply
      const error = errorOfResponse(status, redactedBytes(body, secrets))
      if (hasHttp && hasNoWebSocket(status) && !refusesCredential(status, error))
        return { failure: 'NOT_FOUND', code: error.code, httpStatus: status, headers, isUpstreamFault: true }
      const failure = status < 400 ? 'INVALID_ANSWER' : classifyResponse(status, error)
      return { failure, code: error.code, httpStatus: status, headers, isUpstreamFault: true }
    }
  }
}
