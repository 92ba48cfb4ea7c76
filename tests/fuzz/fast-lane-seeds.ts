// Requests that two readers could read differently, each found by hand or by the fuzz; they are tried before any others.
import type { RequestCase } from './request-bytes.ts'

const HEAD = 'POST /v1/embeddings HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n'
const SOUND = `${HEAD}Content-Length: 2\r\n\r\n{}`

export const SEEDS: readonly RequestCase[] = [
  // Valid, split at every place.
  ...Array.from({ length: SOUND.length }, (_, at) => seed([SOUND.slice(0, at), SOUND.slice(at)])),
  ...Array.from({ length: SOUND.length }, (_, at) =>
    seed([SOUND + SOUND.slice(0, at), SOUND.slice(at) + SOUND]),
  ),
  // Ended early, in every place.
  ...Array.from({ length: SOUND.length }, (_, at) => seed([SOUND.slice(0, at)], 'says so')),
  // A length and chunks, in either order.
  seed([`${HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`]),
  seed([`${HEAD}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`]),
  seed([`${HEAD}Transfer-Encoding : chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`]),
  // Lengths that some take for numbers.
  ...[
    '+2',
    '2, 2',
    '2,2',
    '0x2',
    '02',
    '2.0',
    '2e0',
    '',
    ' ',
    '-2',
    '2 2',
    '1_0',
    '4294967298',
    '9'.repeat(30),
  ].map((length) => seed([`${HEAD}Content-Length: ${length}\r\n\r\n{}${SOUND}`], 'says so')),
  seed([`${HEAD}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}`]),
  seed([`${HEAD}Content-Length: 2\r\ncontent-length: 3\r\n\r\n{} `]),
  // A request within a body, and behind one.
  seed([`${HEAD}Content-Length: ${SOUND.length}\r\n\r\n${SOUND}${SOUND}`]),
  seed([`${HEAD}Content-Length: 0\r\n\r\n${SOUND}`]),
  // Lines that end differently, are folded, or hold what no line may.
  ...['\n', '\r', '\r\r\n', '\n\r\n', '\r\n ', '\r\n\t', ' \r\n', '\0\r\n', '\x0b\r\n', '\x85\r\n'].map(
    (end) => seed([`${HEAD}X-A: b${end}X-C: d\r\nContent-Length: 2\r\n\r\n{}`], 'says so'),
  ),
  seed([SOUND.replaceAll('\r\n', '\n')], 'says so'),
  // Names that mean something to JavaScript, and names that come twice.
  ...[
    'constructor',
    '__proto__',
    'toString',
    'hasOwnProperty',
    'valueOf',
    'X-Twice',
    'Accept',
    'Cookie',
    'Host',
    'Authorization',
    'Set-Cookie',
  ].flatMap((name) => [
    seed([`${HEAD}${name}: a\r\nContent-Length: 2\r\n\r\n{}`]),
    seed([`${HEAD}${name}: a\r\n${name.toLowerCase()}: b\r\nContent-Length: 2\r\n\r\n{}`]),
  ]),
  // A connection that node:http must keep.
  seed([SOUND, SOUND.replace('POST', 'GET'), SOUND]),
  seed([`${SOUND}\r\n${SOUND}`]),
  seed([SOUND, '\r\n', SOUND]),
  // Garbage after a response, and in the middle of one.
  seed([SOUND, '\0garbage\r\n\r\n']),
  seed([`${SOUND.replace('embeddings', 'embeddings?mode=events')}\0garbage\r\n\r\n`]),
  ...['open', 'never'].flatMap((mode) =>
    ['\0', 'get / HTTP/1.1\r\n\r\n', '{}', ' '].map((garbage) =>
      seed([SOUND.replace('embeddings', `embeddings?mode=${mode}`), garbage]),
    ),
  ),
  // A client that ends its side, before a response and in the middle of it.
  ...['open', 'never', 'late', 'events', 'cut'].map((mode) =>
    seed([SOUND.replace('embeddings', `embeddings?mode=${mode}`)], 'says so'),
  ),
  // A response before the end of the body, whose remainder is no request.
  seed([
    `${HEAD.replace('embeddings', 'embeddings?mode=early')}Content-Length: 60\r\n\r\n{`,
    'x'.repeat(59),
    SOUND,
  ]),
  seed([`${HEAD.replace('embeddings', 'embeddings?mode=early')}Content-Length: 60\r\n\r\n{`], 'says so'),
]

function seed(parts: string[], end: RequestCase['end'] = 'waits'): RequestCase {
  return { segments: parts.filter((part) => part !== '').map((part) => Buffer.from(part, 'latin1')), end }
}
