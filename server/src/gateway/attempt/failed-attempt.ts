// How an attempt fails, in the terms that failover decides by; for HTTP and for WebSocket alike.

import type { IncomingHttpHeaders } from 'node:http'
import type { CallErrorCode } from '../../domain/error-catalogue.ts'
import { numberedCode } from '../../domain/logs/log-codes.ts'
import {
  classifyResponse,
  classifyStreamError,
  type FailureClass,
} from '../../domain/upstreams/failure-class.ts'
import type { UpstreamError } from '../../domain/upstreams/parse-upstream-error.ts'
import type { TransportReason } from '../../domain/upstreams/transport-reason.ts'
import type { TransportError } from '../../http/client/upstream-client.ts'
import type { UpstreamResponse } from '../response/upstream-response.ts'
import { refusesUsageRequest } from '../routing/usage-requests.ts'

export type FailedAttempt = {
  failure: FailureClass
  /** The code of the upstream's error; without one, ours for what happened. */
  code: string
  /** Null where there was no response head. */
  httpStatus: number | null
  headers: IncomingHttpHeaders | null
  /** False where the gateway itself aborted the attempt: it says nothing of the upstream, and there is no failover. */
  isUpstreamFault: boolean
  /** Why no whole response came; absent where one did, or the gateway itself aborted the attempt. */
  reason?: TransportReason | null
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

/** An attempt whose response did not come to its end. `response`: as far as it came; `wasSent` as above. */
export function failedByTransport(
  { status, headers }: UpstreamResponse,
  code: CallErrorCode,
  wasSent: boolean,
  isUpstreamFault: boolean,
  reason: TransportReason | null,
): FailedAttempt {
  let failure: FailureClass
  if (status === 0) failure = classifyTransportError(code, wasSent)
  else failure = status < 400 ? 'INTERRUPTED' : classifyResponse(status, null)
  return { failure, code, httpStatus: status || null, headers, isUpstreamFault, reason }
}

/** An attempt whose response head says that the response cannot be the client's. */
export function failedByHead(
  code: CallErrorCode,
  httpStatus: number,
  headers: IncomingHttpHeaders,
): FailedAttempt {
  const failure = code === 'upstream_refused_credential' ? 'CREDENTIAL_REFUSED' : 'INVALID_ANSWER'
  return { failure, code, httpStatus, headers, isUpstreamFault: true }
}

/**
 * An attempt whose response is an error, by its status or by the `error` that it reports. `body`: what is held of an error
 * response that has ended. `hideUsage`: the gateway added a request for a usage chunk.
 */
export function failedByResponse(
  { hideUsage }: { hideUsage: boolean },
  { status, headers }: UpstreamResponse,
  error: UpstreamError | null,
  body: Buffer,
): FailedAttempt {
  const failure =
    status < 400 && error !== null ? classifyStreamError(error) : classifyResponse(status, error)
  const code = error?.code ?? numberedCode('upstream', status)
  const failed = { failure, code, httpStatus: status, headers, isUpstreamFault: true }
  return hideUsage && refusesUsageRequest(status, body) ? { ...failed, refusesUsageRequest: true } : failed
}
