// Why a request of the server's own got no response: a code for programs, with the sentence that says it in English.
import { systemErrorOf } from '../system-error.ts'
import type { TransportReason } from './transport-reason.ts'
import { transportReasonOf } from './transport-reason-of.ts'
import { AddressRefusedError } from './upstream-address.ts'

/** Each code with what it means and what to do about it, as an admin reads it; the other end is "it". */
export const CONNECTION_FAULTS = {
  DNS_FAILED:
    'There is no host of this name, or DNS does not respond for it. Check the name for a typo, and the DNS of this server.',
  ADDRESS_FORBIDDEN:
    'The address is one that is always refused: link-local, of a metadata service, or multicast.',
  ADDRESS_PRIVATE:
    'The address is in a private network, and this server refuses those (LATCHKEY_PRIVATE_UPSTREAMS=refuse).',
  CONNECTION_REFUSED: 'Nothing listens there. Check the port, and that the service there runs.',
  NETWORK_UNREACHABLE: 'There is no network route to this address from this server.',
  CONNECT_TIMEOUT: 'It did not accept a connection in time. A firewall may be in between.',
  TIMEOUT: 'It did not respond in time.',
  TLS_EXPIRED: 'Its certificate has expired, or is not valid yet.',
  TLS_UNTRUSTED:
    'Its certificate is not trusted: it is of no authority that this server knows, such as one signed by itself.',
  TLS_NAME_MISMATCH: 'Its certificate is for another name.',
  TLS_FAILED: 'It does not speak TLS there. Perhaps the URL should begin with http://.',
  PROXY_REFUSED: 'The proxy refused to connect to it.',
  CONNECTION_RESET: 'The connection was reset.',
  CONNECTION_CLOSED: 'The connection ended before a response.',
  INVALID_RESPONSE: 'It does not speak HTTP there.',
  UNKNOWN: 'It failed for an unknown reason.',
} as const

export type ConnectionFault = keyof typeof CONNECTION_FAULTS

/** `address`: that was refused. `systemError`: the name that the system has for an UNKNOWN fault, such as EMFILE. Null: none. */
export type ConnectionFailure = {
  code: ConnectionFault
  message: string
  address: string | null
  systemError: string | null
}

/** The fault of an error of the system, of TLS, of undici, or of a checked lookup. The message holds nothing that was sent. */
export function connectionFailureOf(error: unknown): ConnectionFailure {
  if (error instanceof AddressRefusedError) {
    const code = error.fault === 'private' ? 'ADDRESS_PRIVATE' : 'ADDRESS_FORBIDDEN'
    return { code, message: error.message, address: error.address, systemError: null }
  }
  if (error instanceof Error && error.name === 'TimeoutError') return failureOf('TIMEOUT')
  const code = FAULTS[transportReasonOf(error)]
  const systemError = code === 'UNKNOWN' ? systemErrorOf(error) : null
  return systemError === null
    ? failureOf(code)
    : { ...failureOf(code), message: `It failed (${systemError}).`, systemError }
}

function failureOf(code: ConnectionFault): ConnectionFailure {
  return { code, message: CONNECTION_FAULTS[code], address: null, systemError: null }
}

const FAULTS: Record<TransportReason, ConnectionFault> = {
  DNS_FAILED: 'DNS_FAILED',
  ADDRESS_REFUSED: 'ADDRESS_FORBIDDEN',
  CONNECTION_REFUSED: 'CONNECTION_REFUSED',
  NETWORK_UNREACHABLE: 'NETWORK_UNREACHABLE',
  CONNECT_TIMEOUT: 'CONNECT_TIMEOUT',
  TLS_EXPIRED: 'TLS_EXPIRED',
  TLS_UNTRUSTED: 'TLS_UNTRUSTED',
  TLS_NAME_MISMATCH: 'TLS_NAME_MISMATCH',
  TLS_FAILED: 'TLS_FAILED',
  PROXY_REFUSED: 'PROXY_REFUSED',
  HEAD_TIMEOUT: 'TIMEOUT',
  IDLE_TIMEOUT: 'TIMEOUT',
  CONNECTION_RESET: 'CONNECTION_RESET',
  CONNECTION_CLOSED: 'CONNECTION_CLOSED',
  INVALID_RESPONSE: 'INVALID_RESPONSE',
  UNKNOWN: 'UNKNOWN',
}
