// The responses of one scenario as the application's own fetch returned them, in a form in which two can be compared.

/** One response as the application's fetch returned it. `status` is null where there was none. */
export type Seen = { status: number | null; headers: Record<string, string> }

// The response headers that are not the same through Latchkey, each for a reason of its own.
const NOT_ALIKE_IN_RESPONSES = new Set([
  // Made by each server.
  'date',
  'x-request-id',
  // Of one connection (RFC 9110 §7.6.1).
  'connection',
  'keep-alive',
  'transfer-encoding',
  // Of the upstream's account and of what stands in front of it.
  'openai-organization',
  'openai-project',
  'set-cookie',
  'server',
  'strict-transport-security',
  'alt-svc',
  // Which pages may call is decided by the server that they call.
  'access-control-allow-origin',
  'access-control-expose-headers',
  // The gateway's own, against a response that a browser would open as a page.
  'content-security-policy',
  'x-content-type-options',
  // Of the cache of the upstream's CDN: not on the list of headers that reach clients.
  'cf-cache-status',
  // Metered responses are requested without compression.
  'content-encoding',
  // Latchkey's own words.
  'x-accel-buffering',
  'x-latchkey-error-source',
  'x-latchkey-error-code',
])

/** Node's own fetch, which notes each response in `seen`; null for the status of one that did not come. */
export function watchedFetch(seen: Seen[]): typeof fetch {
  return async (input, init) => {
    // The SDK finds out what its runtime can do.
    if (String(input).startsWith('data:')) return fetch(input, init)
    const entry: Seen = { status: null, headers: {} }
    seen.push(entry)
    const response = await fetch(input, init)
    entry.status = response.status
    entry.headers = Object.fromEntries(response.headers)
    return response
  }
}

/**
 * Responses without what a gateway has to change; the length only of what is never compressed: direct JSON is, metered JSON
 * is not.
 */
export function comparable(seen: Seen[]): Seen[] {
  return seen.map(({ status, headers }) => {
    const isJson = headers['content-type'] === 'application/json'
    const alike = ([name]: [string, string]) =>
      !NOT_ALIKE_IN_RESPONSES.has(name) && !(isJson && name === 'content-length')
    return { status, headers: Object.fromEntries(Object.entries(headers).filter(alike)) }
  })
}
