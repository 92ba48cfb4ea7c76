// Which secret of a key a client used, where secrets are rotated with grace.

import { DAY_MS } from '../time.ts'
import { failed, ok, type Result } from '../user-error.ts'

/** Thirty days: a replaced secret should not stay valid because it was forgotten. */
export const ROTATION_GRACE_MAX_MS = 30 * DAY_MS

/** The secrets of a key, by their hashes in hex. The former one works until, not at, `formerUntilMs`. */
export type KeySecrets = { currentHash: string; formerHash: string | null; formerUntilMs: number | null }

/** FORMER: replaced by a rotation, and in its grace; REPLACED: after it, so that the call was denied. */
export const FORMER_SECRETS = ['FORMER', 'REPLACED'] as const
export type FormerSecret = (typeof FORMER_SECRETS)[number]

/** What the secret before the last rotation is at an instant. */
export function formerSecretAt(untilMs: number, nowMs: number): FormerSecret {
  return nowMs < untilMs ? 'FORMER' : 'REPLACED'
}

/**
 * The secrets after a rotation. The current secret works on for the grace, not past the key's own expiry. A secret that was
 * in its grace already stops at once: a key has two working secrets at most.
 */
export function rotated(
  secrets: KeySecrets,
  newHash: string,
  rotation: { nowMs: number; graceMs: number; expiresAtMs: number | null },
): KeySecrets {
  const { nowMs, graceMs, expiresAtMs } = rotation
  const untilMs = Math.min(nowMs + graceMs, expiresAtMs ?? Number.POSITIVE_INFINITY)
  return { currentHash: newHash, formerHash: secrets.currentHash, formerUntilMs: untilMs }
}

/** How long the former secret goes on working, in milliseconds from sent seconds: none to thirty days. */
export function readRotationGrace(graceSeconds: number): Result<number> {
  const graceMs = graceSeconds * 1_000
  if (Number.isInteger(graceSeconds) && graceMs >= 0 && graceMs <= ROTATION_GRACE_MAX_MS) return ok(graceMs)
  return failed(
    'OUT_OF_RANGE',
    'graceSeconds',
    `graceSeconds must be a whole number from 0 to ${ROTATION_GRACE_MAX_MS / 1_000} (30 days). Send 0 to stop the old secret at once.`,
    { min: 0, max: ROTATION_GRACE_MAX_MS / 1_000 },
  )
}
