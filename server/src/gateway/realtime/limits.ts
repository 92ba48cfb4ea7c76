// The limits of a realtime session: memory, and time without a sign of life.

export type RealtimeLimits = {
  /** One message, in either direction. */
  messageBytes: number
  /** What may be buffered for a slow reader before its sender is paused. */
  bufferedBytes: number
  /** From the request to the upstream to its response. */
  handshakeMs: number
  /** Between two pings; a peer without a sign of life for two of them is disconnected. */
  pingMs: number
  /** From the upstream's acceptance to the end, however busy; milliseconds. */
  sessionMs: number
}

/**
 * 32 MiB holds the largest message that OpenAI accepts: 15 MiB of audio in base64. Proxies close a connection that is idle for a
 * minute at the earliest, so a ping every half minute keeps a session open through them.
 */
export const REALTIME_LIMITS: RealtimeLimits = {
  messageBytes: 32 * 1024 * 1024,
  bufferedBytes: 1024 * 1024,
  handshakeMs: 30_000,
  pingMs: 30_000,
  // OpenAI ends a session after an hour itself.
  sessionMs: 2 * 3_600_000,
}
