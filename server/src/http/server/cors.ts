// The CORS headers of every response of the gateway: which pages may read it.

/**
 * A key comes in a header, never in a cookie, so any page may call with a key that its user gave it. OpenAI allows the
 * same.
 */
export const CORS_HEADERS = {
  'access-control-allow-origin': '*',
  // All of them: upstreams have different names for the headers with the remaining limits.
  'access-control-expose-headers': '*',
}
