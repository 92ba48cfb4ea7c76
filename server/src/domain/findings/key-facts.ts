// What findings are made of: facts that a few queries read for all keys together. Instants in milliseconds since the epoch.

/** A key that is neither revoked nor expired. */
export type KeyFact = {
  id: number
  name: string
  /** Null: nobody's. */
  ownerId: number | null
  /** The stored text. */
  policy: string | null
  createdMs: number
  updatedMs: number
  lastUsedMs: number | null
  expiresMs: number | null
  /** When its current secret was made; null: not known. */
  secretMs: number | null
  isDisabled: boolean
  /** Until when the secret before the last rotation works, or did; null: it never was rotated. */
  formerUntilMs: number | null
}

/** Recent calls of a key that ended alike. */
export type RecentCalls = {
  apiKeyId: number
  outcome: string
  errorCode: string | null
  usedSecret: string | null
  calls: number
  firstMs: number
  lastMs: number
}
