// The error of one call: an entry of the catalogue with what is particular to the call. http/wire/error-response.ts renders it.
import { type CallErrorCode, type CatalogueEntry, ERROR_CATALOGUE } from './error-catalogue.ts'
import type { RateLimits } from './policy/rate-limits.ts'
import type { RuleName, SharedBy } from './policy/verdict.ts'

/** Why the in-flight calls of a key are aborted. */
export type AbortReason = 'api_key_revoked' | 'api_key_disabled' | 'api_key_deleted' | 'owner_disabled'

/** The error of one call, ready to be rendered and logged. */
export type CallError = Omit<CatalogueEntry, 'wireCode'> & {
  code: CallErrorCode
  /** OpenAI's `code` on the wire; null: none. */
  wireCode: string | null
  /** The request parameter at fault, in OpenAI's terms; null where none is. */
  param: string | null
  /** The methods that there are, for a 405 (RFC 9110 §15.5.6). */
  allow: string[] | null
  /** How long to wait before another call can succeed; null where that is not known. */
  retryAfterMs: number | null
  /** Where whoever has the key finds out more about a denial; null: nowhere. */
  moreInfo: MoreInfo | null
  /** Of a denial by a rule that the key shares: with whom. Null: any other error. */
  sharedBy: SharedBy | null
  /** What remains of the key's limits; null where it is not known, or the key has none. */
  rateLimits: RateLimits | null
}

/** A denial by a rule, for whoever has the key. */
export type MoreInfo = {
  /** The console's page of the key that is pasted there. */
  url: string
  /** Whom to ask: of the owner of the key; null: nobody has said. */
  contact: string | null
  rule: RuleName
  /** Null: the rule has none. */
  window: string | null
  /** When the window ends, in milliseconds since the epoch; null: never, or there is none. */
  resetsAtMs: number | null
}

/** What an entry leaves open. `message` and `retryable` replace the entry's; a message must hold no secret. */
export type ErrorParticulars = {
  message?: string
  retryable?: boolean
  param?: string
  allow?: string[]
  retryAfterMs?: number
  rateLimits?: RateLimits
}

/** An entry of the catalogue, with what is particular to this call. */
export function callError(code: CallErrorCode, particular: ErrorParticulars = {}): CallError {
  const entry: CatalogueEntry = ERROR_CATALOGUE[code]
  return {
    ...entry,
    code,
    wireCode: entry.wireCode === undefined ? code : entry.wireCode,
    param: particular.param ?? null,
    allow: particular.allow ?? null,
    retryAfterMs: particular.retryAfterMs ?? null,
    moreInfo: null,
    sharedBy: null,
    rateLimits: particular.rateLimits ?? null,
    retryable: particular.retryable ?? entry.retryable,
    message: particular.message ?? entry.message,
  }
}
