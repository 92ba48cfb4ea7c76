// The second secret of a session. Browsers send the session's cookie to every port of its host; the server takes it only together
// with this secret, which it sends when the session starts, and which pages of the server's own origin alone can keep and read.
const HEADER = 'x-latchkey-session'
// GraphiQL's page reads it under the same name (server/src/graphql/graphiql/boot.js).
const STORED = 'latchkey.session'

export type SessionSecret = {
  /** What a request sends of it. */
  headers(): Record<string, string>
  /** Keeps what a response says of it. */
  take(headers: Headers): void
}

/**
 * The secret of the session at this endpoint. In a page of the same origin it is kept for all tabs, and over a reload, in
 * localStorage; where there is none, such as in Node, in memory. A page of another origin has no session there.
 */
export function sessionSecretFor(endpoint: string): SessionSecret {
  const { location } = page
  if (location?.origin !== undefined && originOf(endpoint, location.origin) !== location.origin) return NONE
  const kept = storage() ?? memory()
  return {
    headers(): Record<string, string> {
      const secret = kept.getItem(STORED)
      return secret === null ? {} : { [HEADER]: secret }
    },
    take(headers) {
      const secret = headers.get(HEADER)
      if (secret === null) return
      if (secret === '') kept.removeItem(STORED)
      else kept.setItem(STORED, secret)
    },
  }
}

const NONE: SessionSecret = { headers: () => ({}), take: () => undefined }

type Kept = {
  getItem(name: string): string | null
  setItem(name: string, value: string): void
  removeItem(name: string): void
}

const page = globalThis as { location?: { origin?: string }; localStorage?: Kept }

function originOf(url: string, base: string): string | null {
  return URL.canParse(url, base) ? new URL(url, base).origin : null
}

/** Null where the page has none, or its browser is set to refuse it: then the property throws. */
function storage(): Kept | null {
  // Node has one too, for which it asks for a file.
  if (page.location === undefined) return null
  try {
    return page.localStorage ?? null
  } catch {
    return null
  }
}

function memory(): Kept {
  const items = new Map<string, string>()
  return {
    getItem: (name) => items.get(name) ?? null,
    setItem: (name, value) => void items.set(name, value),
    removeItem: (name) => void items.delete(name),
  }
}
