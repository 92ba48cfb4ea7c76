// What a realtime session may take: memory, and time without a sign of life.

export type RealtimeLimits = {
  /** One message, either way. */
  messageBytes: number
  /** What may wait for a slow reader before its sender is paused. */
  bufferedBytes: number
  /** From the request to the upstream to its answer. */
  handshakeMs: number
  /** Between two pings; a peer that is not heard of for two of them is gone. */
  pingMs: number
}

/**
 * 32 MiB holds the largest message that OpenAI takes: 15 MiB of audio in base64. Proxies close what is silent for a minute
 * at the earliest, so a ping every half minute keeps a session open through them.
 */
export const REALTIME_LIMITS: RealtimeLimits = {
  messageBytes: 32 * 1024 * 1024,
  bufferedBytes: 1024 * 1024,
  handshakeMs: 30_000,
  pingMs: 30_000,
}
