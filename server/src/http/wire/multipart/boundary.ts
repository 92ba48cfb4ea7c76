// The boundary of a form, as its content type names it.

// RFC 9110 §5.6.2 and RFC 2046 §5.1.1. A backslash is in no boundary.
const PARAMETER =
  /[ \t]*;[ \t]*([\w!#$%&'*+.^`|~-]+)=(?:"([\w'()+,./:=? -]{0,69}[\w'()+,./:=?-])"|([\w!#$%&'*+.^`|~-]{1,70}))/gy

/**
 * The boundary in a `multipart/form-data` content type, which is 70 characters long at most. Null where it is of another type, or
 * where two parsers could take another boundary from it: a parameter that stands twice, is encoded (RFC 2231) or is
 * misquoted.
 */
export function boundaryIn(contentType: string): string | null {
  const [start] = /^multipart\/form-data/i.exec(contentType) ?? []
  if (start === undefined) return null
  let boundary: string | null = null
  let at = start.length
  const end = contentType.trimEnd().length
  while (at < end) {
    PARAMETER.lastIndex = at
    const found = PARAMETER.exec(contentType)
    if (found === null) return null
    const [text, name = '', quoted, token] = found
    at += text.length
    if (!/^boundary/i.test(name)) continue
    if (boundary !== null || name.length !== 'boundary'.length) return null
    boundary = quoted ?? token ?? null
  }
  return boundary
}

/** Whether a content type says that the body is a form with parts, of whatever boundary. */
export function isMultipartForm(contentType: string | undefined): boolean {
  return contentType !== undefined && /^multipart\/form-data\b/i.test(contentType)
}
