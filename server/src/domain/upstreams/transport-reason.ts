// Why an attempt got no response from an upstream, or not a whole one: for admins, in the log of a call and of the server. A client
// is told no more than that its call failed.

/** Each reason with what it means, as a sentence. */
export const TRANSPORT_REASONS = {
  DNS_FAILED: 'The name of the upstream could not be resolved.',
  ADDRESS_REFUSED: 'The name of the upstream leads to an address that requests are not sent to.',
  CONNECTION_REFUSED: 'Nothing listens at the port of the upstream.',
  NETWORK_UNREACHABLE: 'There is no way through the network to the address of the upstream.',
  CONNECT_TIMEOUT: 'No connection came about in time, or no end of its TLS handshake.',
  TLS_EXPIRED: 'The certificate of the upstream has expired, or is not valid yet.',
  TLS_UNTRUSTED:
    'The certificate of the upstream is of no authority that this server trusts, such as one signed by itself.',
  TLS_NAME_MISMATCH: 'The certificate of the upstream is for another name.',
  TLS_FAILED: 'The TLS handshake failed; perhaps the upstream speaks http.',
  PROXY_REFUSED: 'The proxy refused to connect to the upstream.',
  HEAD_TIMEOUT: 'No response head came in time.',
  IDLE_TIMEOUT: 'The response paused for too long.',
  CONNECTION_RESET: 'The connection was reset.',
  CONNECTION_CLOSED: 'The connection was closed before the response was whole.',
  INVALID_RESPONSE: 'What came is not HTTP/1.1.',
  UNKNOWN: 'The connection failed in another way.',
} as const

export type TransportReason = keyof typeof TRANSPORT_REASONS

/** The reason of that name; null for any other. */
export function transportReasonNamed(name: unknown): TransportReason | null {
  return typeof name === 'string' && Object.hasOwn(TRANSPORT_REASONS, name) ? (name as TransportReason) : null
}
