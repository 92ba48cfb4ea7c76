// Which spellings of a request target are accepted, and the one form that stands for all spellings of the same path.

const PLAIN_WORDS = /^(?:\/[\w-]+)+$/
// RFC 3986 §3.3: the characters of a path; broken percent-encoding has an error of its own.
const PATH = /^\/[\w~!$&'()*+,;=:@/%.-]*$/
// RFC 3986 §3.4, and the brackets and quotes that clients send as they are.
const QUERY = /^\?[\x21\x22\x24-\x7e]*$/

/**
 * Whether a path and its query, with its question mark or empty, are a request target by RFC 9112 §3.2: above all it has no
 * fragment, which some servers cut off and others read as a part of the path.
 */
export function isRequestTarget(path: string, query: string): boolean {
  return PATH.test(path) && isQuery(query)
}

/** The same of the query alone. */
export function isQuery(query: string): boolean {
  return query === '' || QUERY.test(query)
}

/**
 * True for a path that means the same to every server: no dot segments, no doubled slash, no backslash, no control
 * character, no broken percent-encoding. Anything else could leave the upstream's base path.
 */
export function isPlainPath(path: string): boolean {
  // Nothing in these can mean anything else.
  if (PLAIN_WORDS.test(path)) return true
  if (!PATH.test(path) || /\/\/|%(?![0-9a-fA-F]{2})/.test(path)) return false
  try {
    // Twice, since some servers do; and without `;…`, which some take off before they look at a segment.
    const decoded = decodeURIComponent(path)
    const twice = decoded.replace(/%(2e|2f|5c)/gi, (encoded) => decodeURIComponent(encoded))
    return !twice.split(/[/\\]/).some((segment) => /^\.{1,2}(;|$)/.test(segment) || /\p{Cc}/u.test(segment))
  } catch {
    return false
  }
}

// RFC 3986 §2.3.
const UNRESERVED = /[\w.~-]/

/**
 * The normal form of a path by RFC 3986 §6.2.2: an encoded character that needs no encoding is decoded (§6.2.2.2), and the
 * hex digits of what stays encoded are upper case (§6.2.2.1), so that two spellings which a server may take for the same
 * path are the same text. Letters of the path keep their case. Null where the path is not plain (`isPlainPath`): dot
 * segments are refused, not resolved (§6.2.2.3).
 */
export function normalPath(path: string): string | null {
  if (!isPlainPath(path)) return null
  return path.includes('%') ? path.replace(/%[0-9a-fA-F]{2}/g, normalOctet) : path
}

function normalOctet(encoded: string): string {
  const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16))
  return UNRESERVED.test(character) ? character : encoded.toUpperCase()
}
