// The reason of a failed connection, by the error that Node or undici reports.
import type { TransportReason } from './transport-reason.ts'

// An error, its cause, and the first of an AggregateError: no chain is followed for ever.
const DEPTH_MAX = 5

/** UNKNOWN where no error of the chain has a code that is known. Nothing of the error's text is kept. */
export function transportReasonOf(error: unknown): TransportReason {
  let current = error
  for (let depth = 0; depth < DEPTH_MAX && current instanceof Error; depth++) {
    const { code, cause, name, message } = current as NodeJS.ErrnoException
    const reason = typeof code === 'string' ? reasonOfCode(code) : null
    // undici's, which have no code of their own.
    if (name === 'HTTPParserError') return 'INVALID_RESPONSE'
    if (code === 'UND_ERR_INVALID_ARG' && message.includes('(407)')) return 'PROXY_REFUSED'
    if (reason !== null) return reason
    current = current instanceof AggregateError ? (firstKnown(current.errors) ?? cause) : cause
  }
  return 'UNKNOWN'
}

/** Of the attempts at several addresses of a name. */
function firstKnown(errors: unknown[]): unknown {
  return errors.find(
    (error) => error instanceof Error && reasonOfCode(String((error as NodeJS.ErrnoException).code)),
  )
}

function reasonOfCode(code: string): TransportReason | null {
  const known = REASONS[code]
  if (known !== undefined) return known
  // https://nodejs.org/api/tls.html#x509-certificate-error-codes: those that are no matter of time or name are of trust.
  if (/^(ERR_SSL_|ERR_TLS_|EPROTO$|UND_ERR_PRX_TLS)/.test(code)) return 'TLS_FAILED'
  if (/CERT|CRL|_CA$|^PATH_LENGTH/.test(code)) return 'TLS_UNTRUSTED'
  if (/^(EAI_|ENOTFOUND|ENODATA|ESERVFAIL)/.test(code)) return 'DNS_FAILED'
  return code.startsWith('HPE_') ? 'INVALID_RESPONSE' : null
}

const REASONS: Readonly<Record<string, TransportReason>> = {
  EADDRREFUSED: 'ADDRESS_REFUSED',
  ECONNREFUSED: 'CONNECTION_REFUSED',
  EHOSTUNREACH: 'NETWORK_UNREACHABLE',
  ENETUNREACH: 'NETWORK_UNREACHABLE',
  ENETDOWN: 'NETWORK_UNREACHABLE',
  EADDRNOTAVAIL: 'NETWORK_UNREACHABLE',
  ETIMEDOUT: 'CONNECT_TIMEOUT',
  UND_ERR_CONNECT_TIMEOUT: 'CONNECT_TIMEOUT',
  CERT_HAS_EXPIRED: 'TLS_EXPIRED',
  CERT_NOT_YET_VALID: 'TLS_EXPIRED',
  ERR_TLS_CERT_ALTNAME_INVALID: 'TLS_NAME_MISMATCH',
  HOSTNAME_MISMATCH: 'TLS_NAME_MISMATCH',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'TLS_UNTRUSTED',
  UND_ERR_HEADERS_TIMEOUT: 'HEAD_TIMEOUT',
  UND_ERR_BODY_TIMEOUT: 'IDLE_TIMEOUT',
  // How undici says that a proxy has refused a CONNECT; what the gateway itself aborts is reported to nobody.
  UND_ERR_ABORTED: 'PROXY_REFUSED',
  EPROXYREFUSED: 'PROXY_REFUSED',
  ECONNRESET: 'CONNECTION_RESET',
  ECONNABORTED: 'CONNECTION_RESET',
  EPIPE: 'CONNECTION_RESET',
  UND_ERR_SOCKET: 'CONNECTION_CLOSED',
  ECLOSED: 'CONNECTION_CLOSED',
  UND_ERR_HEADERS_OVERFLOW: 'INVALID_RESPONSE',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'CONNECTION_CLOSED',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'INVALID_RESPONSE',
}
