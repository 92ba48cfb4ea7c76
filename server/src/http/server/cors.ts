// The headers that every response of the gateway has: which pages may read it, and what a browser may make of it.

/**
 * A key comes in a header, never in a cookie, so any page may call with a key that its user gave it. OpenAI allows the
 * same.
 */
const CORS_HEADERS = {
  'access-control-allow-origin': '*',
  // All of them: upstreams have different names for the headers with the remaining limits.
  'access-control-expose-headers': '*',
}

/**
 * What an upstream responds with is never a page of this origin, which is the console's too: a browser takes it for nothing
 * but its type says, and runs nothing in it (https://www.w3.org/TR/CSP3/#directive-sandbox).
 */
export const GATEWAY_HEADERS = {
  ...CORS_HEADERS,
  'x-content-type-options': 'nosniff',
  'content-security-policy': 'sandbox',
}
