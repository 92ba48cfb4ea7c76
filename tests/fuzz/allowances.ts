// Where the lean client may understand a response differently from undici: always by refusing more or keeping a connection
// less, never the reverse. Whatever is not in this list fails the fuzz.

import type { Meaning } from './lane.ts'
import type { ResponseCase } from './response-bytes.ts'

type Allowance = {
  reason: string
  /** `text`: all bytes of the upstream, in latin1. */
  holds(text: string, test: ResponseCase): boolean
}

const EXTENSION = /^(;[!#$%&'*+\-.^_`|~0-9a-z]+(=([!#$%&'*+\-.^_`|~0-9a-z]+|"[ !#-[\]-~]*"))?)+$/i

/** Lean takes a response for broken that undici takes for whole, or for broken at a later place. */
const REFUSED: Allowance[] = [
  {
    reason:
      'A version other than HTTP/1.0 and HTTP/1.1: no upstream has one, and its framing would be a guess',
    holds: (text) => /(^|\n)HTTP\/(?!1\.[01] )/.test(text),
  },
  {
    reason:
      'A transfer coding other than one `chunked`: RFC 9112 §6.1 lets a client refuse what it did not ask for',
    holds: (text) => {
      const codings = [...text.matchAll(/(?<=\n)transfer-encoding[ \t]*:([^\r\n]*)/gi)]
      return codings.length > 1 || codings.some(([, value]) => !/^[ \t]*chunked$/i.test(value ?? ''))
    },
  },
  {
    reason: 'Chunked in HTTP/1.0: RFC 9112 §6.1 calls its framing faulty',
    holds: (text) => /HTTP\/1\.0/.test(text) && /\ntransfer-encoding:/i.test(text),
  },
  {
    reason: 'An interim response in HTTP/1.0, which knows none (RFC 9110 §15.2)',
    holds: (text) => /HTTP\/1\.0 1\d\d/.test(text),
  },
  {
    reason: 'A length of more than 15 digits: longer than any number that counts bytes exactly',
    holds: (text) => /\ncontent-length:[ \t]*\d{16}/i.test(text),
  },
  {
    reason: 'A chunk size of more than 12 digits: longer than any number that counts bytes exactly',
    holds: (text) => /\n[0-9a-f]{13,}/i.test(text),
  },
  {
    reason: 'A chunk extension of more than 1 KiB: undici has no bound',
    holds: (text) => /;[^\r\n]{1000,}/.test(text),
  },
  {
    reason: 'Blanks behind a length: undici takes the head, counts them as digits and breaks the body off',
    holds: (text) => /\ncontent-length:[ \t]*\d+[ \t]+\r/i.test(text),
  },
  {
    reason: 'A chunk extension without a name or a value, or with an escape: undici is loose there',
    holds: (text) =>
      [...text.matchAll(/\n[0-9a-f]+(;[^\r\n]*)/gi)].some(
        ([, extension]) => !EXTENSION.test(extension ?? ''),
      ),
  },
  {
    reason: 'Empty lines before a head: they may be the end of another response',
    holds: (text) => /(^|\n\r?\n)[\r\n]+HTTP\//.test(text),
  },
  {
    reason:
      'Controls and single CRs in a reason phrase: what one reader skips, another takes for a line’s end',
    // biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what it looks for
    holds: (text) => /HTTP\/1\.[01] \d{3}[^\n]*([\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\r[^\n])/.test(text),
  },
  {
    reason: 'An interim response whose Connection header says anything but keep-alive',
    holds: (text) => /HTTP\/1\.1 1\d\d[^\0]*\nconnection:(?![ \t]*keep-alive\r)/i.test(text),
  },
  {
    reason: 'A head over 64 KiB with its line ends and blanks, which undici does not count',
    holds: (text) => /[^\0]{64000}\r\n\r\n/.test(text) && /\n[^\r\n]{60000}/.test(text),
  },
  {
    reason: 'A reset is not the end of a body that lasts as long as its connection: undici takes it for one',
    holds: (_text, test) => test.end === 'reset',
  },
]

/** Lean closes a connection that undici would keep. */
const NOT_REUSED: Allowance[] = [
  {
    reason: 'Trailers and interim responses: how they are read must affect no other call',
    holds: (text) => /\n0+(;[^\r\n]*)?\r\n[^\r\n]/.test(text) || /HTTP\/1\.1 1\d\d/.test(text),
  },
  {
    reason: 'HTTP/1.0, whatever it says of keep-alive',
    holds: (text) => /HTTP\/1\.0/.test(text),
  },
  {
    reason: 'A Connection header that says anything but keep-alive',
    holds: (text) => /\nconnection:(?![ \t]*keep-alive\r)/i.test(text),
  },
  {
    reason:
      'Keep-Alive with anything but one timeout and a count: the shortest timeout counts; undici takes the first whole word',
    holds: (text) => {
      const said = [...text.matchAll(/\nkeep-alive:([^\r\n]*)/gi)].map(([, value]) => value).join()
      return !/^[ \t]*timeout=\d+(,[ \t]*max=\d+)?$/i.test(said)
    },
  },
  {
    reason: 'Bytes after the end of a response: undici accepts empty lines, as before a first response',
    holds: (text) => /[\r\n]$/.test(text),
  },
]

/** The reason that the two meanings may differ as they do; null where there is none; undefined where they do not differ. */
export function allowanceFor(test: ResponseCase, undici: Meaning, lean: Meaning): string | null | undefined {
  const text = Buffer.concat(test.segments).toString('latin1')
  const why = (list: Allowance[]) => list.find(({ holds }) => holds(text, test))?.reason ?? null
  if (lean.outcome !== 'end') {
    const sameHead = lean.status === null || sameHeads(undici, lean)
    if (lean.outcome === 'waiting' || !sameHead || !isPrefix(undici.body, lean.body)) return null
    const alike = lean.outcome === undici.outcome && lean.status === undici.status
    return alike ? undefined : undici.status === null ? null : why(REFUSED)
  }
  const sameResponse = undici.outcome === 'end' && sameHeads(undici, lean) && undici.body.equals(lean.body)
  if (!sameResponse || (lean.next !== null && lean.next !== 'end 200 second')) return null
  if (undici.reused === lean.reused) return undici.next === lean.next ? undefined : null
  return lean.reused === true ? null : why(NOT_REUSED)
}

function sameHeads(one: Meaning, other: Meaning): boolean {
  return one.status === other.status && JSON.stringify(one.headers) === JSON.stringify(other.headers)
}

/** Of two bodies that broke off, either may have got further: their breaks may be reported in another order. */
function isPrefix(one: Buffer, other: Buffer): boolean {
  const bytes = Math.min(one.length, other.length)
  return one.subarray(0, bytes).equals(other.subarray(0, bytes))
}
