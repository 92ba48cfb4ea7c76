// How an attempt fails, in the terms that failover decides by; for HTTP and for WebSocket alike.
import type { IncomingHttpHeaders } from 'node:http'
import type { CallErrorCode } from '../../domain/errors.ts'
import type { FailureClass } from '../../domain/upstreams/failure-class.ts'
import type { TransportError } from '../../http/client/upstream-client.ts'

export type FailedAttempt = {
  failure: FailureClass
  /** The code of the upstream's error; without one, ours for what happened. */
  code: string
  /** Null where there was no response head. */
  httpStatus: number | null
  headers: IncomingHttpHeaders | null
  /** False where the gateway itself aborted the attempt: it says nothing of the upstream, and there is no failover. */
  isUpstreamFault: boolean
  /** The upstream refuses the request for a usage chunk that the gateway added. */
  refusesUsageRequest?: boolean
}

/** The error code of each transport error, for the client and the log. */
export const TRANSPORT_ERROR_CODES = {
  unreachable: 'upstream_unreachable',
  timeout: 'upstream_timeout',
  interrupted: 'upstream_interrupted',
} as const satisfies Record<TransportError, CallErrorCode>

/** The class of a failure before any response head. `wasSent`: false where no byte of the request was sent. */
export function classifyTransportError(code: CallErrorCode, wasSent: boolean): FailureClass {
  if (!wasSent) return 'CONNECT'
  return code === 'upstream_timeout' ? 'TIMEOUT' : 'RESET'
}
