// The header by which a change that is sent again is known.

/** Lower case, as Node has the names of headers. */
export const IDEMPOTENCY_HEADER = 'idempotency-key'
/** Of a response that is sent again. */
export const REPLAYED_HEADER = 'idempotency-replayed'

/** The most characters of a key. */
export const IDEMPOTENCY_KEY_MAX = 255

const KEY = /^[\x21-\x7e]{1,255}$/

/** What a key must be, for whoever has sent another. */
export const IDEMPOTENCY_KEY_RULE = `Idempotency-Key must have 1 to ${IDEMPOTENCY_KEY_MAX} printable ASCII characters without spaces.`

/** What a response that is sent again says of a secret. */
export const ALREADY_REVEALED =
  'This was shown in the response to the first request with this Idempotency-Key, and is not kept.'

/** True for one header with a key in it. */
export function isIdempotencyKey(header: string | string[]): header is string {
  return typeof header === 'string' && KEY.test(header)
}
