// Why a channel did not take a message, in words for an admin that hold nothing of what was sent or received.

/** What came of one attempt. `status`: of HTTP, or the reply code of SMTP. */
export type SendOutcome = {
  status: number | null
  /** Null: it was accepted. */
  error: string | null
  /** What the receiver asked to wait; null: it said nothing. */
  retryAfterMs: number | null
  /** False: no further attempt can succeed. */
  retry: boolean
}

/** The channel has taken the message; `status`: of HTTP or SMTP. */
export function accepted(status: number | null): SendOutcome {
  return { status, error: null, retryAfterMs: null, retry: false }
}

/** It has not; `error` says why. `retry`: it is tried again, at the earliest after `retryAfterMs`. */
export function refused(
  status: number | null,
  error: string,
  { retryAfterMs = null, retry = true }: Partial<Pick<SendOutcome, 'retryAfterMs' | 'retry'>> = {},
): SendOutcome {
  return { status, error, retryAfterMs, retry }
}

/** A connection that failed, or a name, address or certificate that was refused. */
export function unreachable(error: unknown): SendOutcome {
  if (error instanceof Error && error.name === 'TimeoutError')
    return refused(null, 'It did not respond in time.')
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'EADDRREFUSED' && error instanceof Error) return refused(null, error.message)
  const reason = REASONS[code] ?? (/CERT|SIGNATURE|ISSUER/.test(code) ? CERTIFICATE : undefined)
  if (reason !== undefined) return refused(null, reason)
  // Nothing but the code: a message may quote the URL.
  return refused(null, /^[A-Z_0-9]{2,40}$/.test(code) ? `It failed (${code}).` : 'It failed.')
}

const CERTIFICATE = 'Its certificate is not trusted, is for another name, or has expired.'
const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'There is no host of this name. Check it for a typo, and the DNS of this server.',
  EAI_AGAIN: 'DNS does not respond for this name.',
  ECONNREFUSED: 'Nothing listens there. Check that the receiver runs, and its port.',
  ECONNRESET: 'The connection was reset.',
  EPIPE: 'The connection was closed.',
  EHOSTUNREACH: 'There is no network route to this address from this server.',
  ENETUNREACH: 'There is no network route to this network from this server.',
  ETIMEDOUT: 'It did not respond in time. A firewall may be in between.',
  UND_ERR_SOCKET: 'The connection ended before a response.',
  UND_ERR_CONNECT_TIMEOUT: 'It did not respond in time. A firewall may be in between.',
  ERR_TLS_CERT_ALTNAME_INVALID: CERTIFICATE,
}
