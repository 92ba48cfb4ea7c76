// The messages between the estimator and its worker thread.
import type { EstimatedTokens, UnmeteredCall } from './estimate-tokens.ts'

export type EstimateRequest = { id: number; call: UnmeteredCall } | { cancelled: number }
/** One for each id, a cancelled one too. */
export type EstimateReply = { id: number; tokens: EstimatedTokens | null } | { id: number; failed: true }
