// Watches a form that streams through for fields that name objects, without holding the form.
import { type CallError, callError } from '../../domain/errors.ts'
import { printable } from '../../domain/logs/printable-text.ts'
import { isReferenceName } from '../../domain/objects/object-references.ts'

const LF = 0x0a
const CR = 0x0d
const HEADER = /^content-disposition\s*:/i
const HEADER_START_CHARS = 'content-disposition:'.length + 16
// No client's is longer; what is longer is refused unread.
const LINE_MAX_CHARS = 4_096

/**
 * Takes the bytes of a form (RFC 7578) in pieces. Every line that could be the Content-Disposition of a part is read, wherever it
 * stands: a reader that is less strict about what ends a part might take it for one.
 */
export class FormNames {
  // The beginning of the current line, or all of it where it is a Content-Disposition; null: the rest of it is skipped.
  #line: string | null = ''
  // The header that the line before was, which a line that begins with a space goes on with (RFC 5322 §2.2.3).
  #header = ''

  /** The name of a field that names an object, as far as these bytes go; null where none does. */
  nameIn(bytes: Buffer): string | null {
    let at = 0
    while (at < bytes.length) {
      const end = lineEnd(bytes, at)
      const refused = this.#take(bytes, at, end)
      if (refused !== null) return refused
      if (end === bytes.length) return null
      const named = this.#endLine()
      if (named !== null) return named
      at = end + 1
    }
    return null
  }

  #take(bytes: Buffer, from: number, to: number): string | null {
    if (this.#line === null) return null
    const isHeader = HEADER.test(this.#line) || (this.#header !== '' && /^[ \t]/.test(this.#line))
    const room = isHeader ? LINE_MAX_CHARS + 1 : HEADER_START_CHARS
    this.#line += bytes.toString('latin1', from, Math.min(to, from + Math.max(0, room - this.#line.length)))
    if (!isHeader && this.#line.length >= HEADER_START_CHARS) {
      // Now it is known what the line is.
      if (HEADER.test(this.#line) || (this.#header !== '' && /^[ \t]/.test(this.#line)))
        return this.#take(bytes, Math.min(to, from + HEADER_START_CHARS), to)
      this.#line = null
    }
    return this.#line !== null && this.#line.length > LINE_MAX_CHARS ? 'Content-Disposition' : null
  }

  #endLine(): string | null {
    const line = this.#line ?? ''
    this.#line = ''
    const goesOn = this.#header !== '' && /^[ \t]/.test(line)
    // A line feed after a carriage return ends no line of its own.
    if (line === '' && this.#header !== '') return null
    this.#header = goesOn ? this.#header + line : HEADER.test(line) ? line : ''
    return this.#header === '' ? null : namedIn(this.#header)
  }
}

/** The error of a form that has a field of this name. */
export function formNamesObject(name: string): CallError {
  return callError('invalid_request', {
    param: printable(name, 100) ?? 'name',
    message: `A form must not name a stored object, as its field ${JSON.stringify(name.slice(0, 100))} does. Send the request as JSON.`,
  })
}

/** What of a Content-Disposition names an object, or is written so that two readers may read two names. */
function namedIn(header: string): string | null {
  const [, name] = /[;\s]name\s*=\s*"?([^";]*)/i.exec(header) ?? []
  if (/[;\s]name\s*\*/i.test(header) || name === undefined) return /form-data/i.test(header) ? 'name' : null
  if (/[\\%]/.test(name) || (header.match(/[;\s]name\s*=/gi) ?? []).length > 1) return name
  const isFile = /[;\s]filename\*?\s*=/i.test(header)
  const words = name
    .toLowerCase()
    .split(/[[\].\s]+/)
    .filter((word) => word !== '')
  // A file that is sent, and not one that is named.
  if (isFile && words.length === 1) return null
  return words.some(isReferenceName) ? name : null
}

function lineEnd(bytes: Buffer, from: number): number {
  const lf = bytes.indexOf(LF, from)
  const to = lf === -1 ? bytes.length : lf
  const cr = bytes.subarray(from, to).indexOf(CR)
  return cr === -1 ? to : from + cr
}
