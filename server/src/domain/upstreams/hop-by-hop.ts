/** The headers that belong to one connection (RFC 9110 §7.6.1), in lower case; beside them stand those that `Connection` names. */
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
