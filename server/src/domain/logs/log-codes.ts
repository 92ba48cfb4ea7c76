// Error codes that only request logs have: no client is sent them. Beside them a log has the codes of the catalogue, and those that
// upstreams send.

/** How the log calls what has no code of its own. */
export const LOG_CODES = [
  'interrupted',
  'caller_too_slow',
  'upstream_not_json',
  'upstream_stream_error',
] as const
export type LogCode = (typeof LOG_CODES)[number]

/** What a number follows: the status of an upstream's error, or the close code of a WebSocket session (RFC 6455 §7.4). */
export const NUMBERED_CODES = ['upstream', 'upstream_closed', 'closed'] as const
export type NumberedCode = (typeof NUMBERED_CODES)[number]

/** As `upstream_500`. */
export function numberedCode(code: NumberedCode, number: number): string {
  return `${code}_${number}`
}
