// What every answer of the gateway tells a browser about the pages that may read it.

/**
 * A key comes in a header, never in a cookie, so any page may call with a key that its user gave it. OpenAI allows the
 * same.
 */
export const CORS_HEADERS = {
  'access-control-allow-origin': '*',
  // All of them: an upstream has names of its own for what is left of a limit.
  'access-control-expose-headers': '*',
}
