// Reads the head of one part of a form (RFC 7578 §4). What two parsers could read differently is refused, in words that say what is
// wrong; what the libraries of clients send is taken: names with and without quotes, charsets, lengths, encodings that change
// nothing.
import type { Span } from '../json-scan.ts'

export type PartHead = {
  name: string
  /** It has a file name. */
  isFile: boolean
  /** Without the parameters, in lower case; null: none is given. */
  type: string | null
  /** In lower case; null: none is given. */
  charset: string | null
  /** Where a name without quotes stands in the head; null: it has quotes. */
  bareName: Span | null
  /** Where the value of its Content-Length stands in the head; null: it has none. */
  length: Span | null
}

/** What is wrong with a part, as the end of a sentence. */
export type PartFault = { problem: string }

const NAME_MAX = 256

// Printable ASCII but for quotes, backslashes and percent signs, by which parsers escape.
const PLAIN_NAME = /^[\x20\x21\x23\x24\x26-\x5b\x5d-\x7e]+$/
// RFC 9110 §5.6.2.
const TOKEN = "[\\w!#$%&'*+.^`|~-]+"
const LINE = new RegExp(`^(${TOKEN}):[ \\t]*([^\\x00-\\x08\\x0a-\\x1f\\x7f]*)$`)
// A file's name may have a backslash, as one of Windows does, but none that could be taken to escape the closing quote.
const PARAMETER = new RegExp(`;[ \\t]*(${TOKEN})=(?:"((?:[^"\\\\]|\\\\(?!"))*)"|(${TOKEN}))`, 'gy')
const CONTENT_TYPE = new RegExp(
  `^(${TOKEN}/${TOKEN})((?:[ \\t]*;[ \\t]*${TOKEN}=(?:"[^"\\\\]*"|${TOKEN}))*)$`,
)

/** Reads a head without its empty line, in Latin-1, so that a character is a byte. Bounded by whoever reads it. */
export function readPartHead(head: string): PartHead | PartFault {
  const result: PartHead = {
    name: '',
    isFile: false,
    type: null,
    charset: null,
    bareName: null,
    length: null,
  }
  const seen = new Set<string>()
  let at = 0
  for (const line of head.split('\r\n')) {
    const [, sentName = '', sentValue = ''] = LINE.exec(line) ?? []
    const name = sentName.toLowerCase()
    if (name === '') return { problem: 'has a header line that is not well-formed' }
    if (seen.has(name)) return { problem: `has more than one ${name} header` }
    seen.add(name)
    const value = sentValue.trimEnd()
    const valueAt = at + line.length - sentValue.length
    const problem = readHeader(result, name, value, valueAt)
    if (problem !== null) return { problem }
    at += line.length + 2
  }
  return seen.has('content-disposition') ? result : { problem: 'has no Content-Disposition header' }
}

/** Notes what a header says of its part; what is wrong with it, or null. */
function readHeader(part: PartHead, name: string, value: string, valueAt: number): string | null {
  switch (name) {
    case 'content-disposition':
      return readDisposition(part, value, valueAt)
    case 'content-type':
      return readType(part, value)
    case 'content-transfer-encoding':
      // RFC 2045 §6.2: these three leave the bytes as they are. Apache HttpClient sends them.
      return /^(7bit|8bit|binary)$/i.test(value) ? null : 'is encoded (Content-Transfer-Encoding)'
    case 'content-length':
      // OkHttp sends it.
      part.length = { start: valueAt, end: valueAt + value.length }
      return /^\d{1,15}$/.test(value) ? null : 'has a Content-Length that is no number'
    default:
      return null
  }
}

function readDisposition(part: PartHead, value: string, valueAt: number): string | null {
  const [start] = /^form-data[ \t]*(?=;|$)/i.exec(value) ?? []
  if (start === undefined) return 'has a Content-Disposition other than form-data'
  let at = start.length
  const seen = new Set<string>()
  while (at < value.length) {
    PARAMETER.lastIndex = at
    const [text, sentName = '', quoted, token] = PARAMETER.exec(value) ?? []
    if (text === undefined) return 'has a Content-Disposition that is not well-formed'
    const name = sentName.toLowerCase()
    if (seen.has(name)) return `has more than one ${name} in its Content-Disposition`
    seen.add(name)
    at += text.length
    if (name === 'name') {
      part.name = quoted ?? token ?? ''
      if (quoted === undefined) part.bareName = { start: valueAt + at - part.name.length, end: valueAt + at }
    } else if (name === 'filename' || name === 'filename*') part.isFile = true
    // `name*` and `name*0` are names in RFC 2231, for some.
    else if (name.startsWith('name')) return 'has an encoded name (RFC 2231)'
    else return `has a Content-Disposition with ${name}, which is not of a form`
    while (value[at] === ' ' || value[at] === '\t') at++
  }
  if (!PLAIN_NAME.test(part.name) || part.name.length > NAME_MAX)
    return 'has a name that is empty, too long, or has characters other than printable ASCII without quotes, `\\` and `%`'
  return null
}

function readType(part: PartHead, value: string): string | null {
  const [, type, parameters = ''] = CONTENT_TYPE.exec(value) ?? []
  // A browser sends the type of a file as its system has it, which may be anything; only a nested form is another form.
  if (/multipart|message/i.test(type ?? value)) return 'has parts or messages of its own (Content-Type)'
  part.type = type?.toLowerCase() ?? value
  const charset = /[;\s]charset="?([^";\s]*)/i.exec(parameters)?.[1]
  part.charset = charset?.toLowerCase() ?? null
  return null
}
