// What is written down of one call, and the closed sets in it.
import type { FormerSecret } from '../keys/key-rotation.ts'

/** How a call ended. The original product's `status` is `success` for the first and `error` for the rest. */
export const OUTCOMES = ['SUCCESS', 'ERROR', 'DENIED', 'CANCELLED', 'INTERRUPTED'] as const
export type Outcome = (typeof OUTCOMES)[number]

/** Where the token counts come from. NONE: the counts are null, which is not 0. */
export const USAGE_SOURCES = ['PROVIDER', 'ESTIMATED', 'NONE'] as const
export type UsageSource = (typeof USAGE_SOURCES)[number]

/** Tokens of one call. Null: unknown; an explicit 0 stays 0. */
export type Usage = {
  inputTokens: number | null
  outputTokens: number | null
  cachedInputTokens: number | null
  reasoningTokens: number | null
}

/** The record of one call, as the gateway hands it to the ledger and as the ledger gives it back. */
export type CallRecord = Usage & {
  /** `req_` + 32 hex digits; holds the time the call was accepted. */
  id: string
  /** Null where no known key was sent. */
  apiKeyId: number | null
  method: string
  /** Path without query, at most 512 characters. */
  endpoint: string
  outcome: Outcome
  /** What the caller was answered; null when it left before an answer. */
  httpStatus: number | null
  errorCode: string | null
  errorMessage: string | null
  upstream: string | null
  upstreamRequestId: string | null
  requestedModel: string | null
  resolvedModel: string | null
  streamed: boolean
  finishReason: string | null
  /** How a WebSocket session was closed on the caller's side (RFC 6455 §7.4); null for every other call. */
  closeCode: number | null
  /** Error codes, parted by spaces, of what rules in shadow would have said no with; null: nothing. */
  shadowDenials: string | null
  /** Whole nano-dollars, exact below 2^53; null where it is not known, which is not 0. */
  costNanoUsd: number | null
  /** What the cost was worked out from, JSON; null: the call was not metered. */
  receipt: string | null
  /** How each upstream that was tried has answered, JSON; null: one, without incident. */
  attempts: string | null
  /** Which of the key's secrets was sent, where it was not its current one. */
  usedSecret: FormerSecret | null
  usageSource: UsageSource
  /** Whole milliseconds from accepting the call to its last byte. */
  durationMs: number
  timeToFirstTokenMs: number | null
  /** Body bytes, both ways, as they crossed the client's side. */
  requestBytes: number
  responseBytes: number
  clientIp: string | null
  userAgent: string | null
}

/** True for the calls that were let through to an upstream: those count as a use of the key. */
export function wasAdmitted(outcome: Outcome): boolean {
  return outcome !== 'DENIED'
}
