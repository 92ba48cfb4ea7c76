// Why an attempt failed, in the reader's language.
import type { RequestLog } from '@latchkey/sdk'
import { m } from '#lib/paraglide/messages.js'

type Attempt = RequestLog['attempts'][number]
type Failure = NonNullable<Attempt['failure']>
type Reason = NonNullable<Attempt['reason']>

const failures: Record<Failure, () => string> = {
  CONNECT: m.logs_failure_connect,
  CREDENTIAL_REFUSED: m.logs_failure_credential_refused,
  INTERRUPTED: m.logs_failure_interrupted,
  INVALID_ANSWER: m.logs_failure_invalid_response,
  NOT_FOUND: m.logs_failure_not_found,
  QUOTA_EXHAUSTED: m.logs_failure_quota_exhausted,
  RATE_LIMITED: m.logs_failure_rate_limited,
  REFUSED: m.logs_failure_refused,
  RESET: m.logs_failure_reset,
  SERVER_ERROR: m.logs_failure_server_error,
  TIMEOUT: m.logs_failure_timeout,
}
const reasons: Record<Reason, () => string> = {
  ADDRESS_REFUSED: m.logs_reason_address_refused,
  CONNECTION_CLOSED: m.logs_reason_connection_closed,
  CONNECTION_REFUSED: m.logs_reason_connection_refused,
  CONNECTION_RESET: m.logs_reason_connection_reset,
  CONNECT_TIMEOUT: m.logs_reason_connect_timeout,
  DNS_FAILED: m.logs_reason_dns_failed,
  HEAD_TIMEOUT: m.logs_reason_head_timeout,
  IDLE_TIMEOUT: m.logs_reason_idle_timeout,
  INVALID_RESPONSE: m.logs_reason_invalid_response,
  NETWORK_UNREACHABLE: m.logs_reason_network_unreachable,
  PROXY_REFUSED: m.logs_reason_proxy_refused,
  TLS_EXPIRED: m.logs_reason_tls_expired,
  TLS_FAILED: m.logs_reason_tls_failed,
  TLS_NAME_MISMATCH: m.logs_reason_tls_name_mismatch,
  TLS_UNTRUSTED: m.logs_reason_tls_untrusted,
  UNKNOWN: m.logs_reason_unknown,
}

/** The reason where there is one, which says more than the class. */
export function failureText(failure: Failure, reason: Reason | null): string {
  return reason === null ? failures[failure]() : reasons[reason]()
}
