/**
 * The headers of one connection (RFC 9110 §7.6.1), in lower case. The names that a `Connection` header lists belong to that
 * connection too; who forwards a message reads them from it.
 */
export const HOP_BY_HOP: readonly string[] = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]
