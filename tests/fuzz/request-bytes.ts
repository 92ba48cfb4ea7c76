// Requests as bytes: most of them sound, many a little wrong, some nonsense; all of them from a seed.

export type RequestCase = {
  /** As they arrive, one after the other. */
  segments: Buffer[]
  /** What the client does after the last: it ends its side, or it waits. */
  end: 'says so' | 'waits'
}

type Random = () => number

const METHODS = [
  'GET',
  'PUT',
  'DELETE',
  'OPTIONS',
  'HEAD',
  'PATCH',
  'post',
  'Post',
  'POSTS',
  'M-SEARCH',
  'CONNECT',
  'PRI',
  '',
]
const TARGETS = [
  '//v1/embeddings',
  '/v1//embeddings',
  '/v1/%2e%2e/graphql',
  '/v1/../graphql',
  '/v1/./embeddings',
  '/v1/chat%2fcompletions',
  '/v1/files',
  '/v1',
  '/v1/',
  '/v2/embeddings',
  '/V1/embeddings',
  '/',
  '*',
  'http://other.example/v1/embeddings',
  'https://a/v1/embeddings',
  'a:443',
  '/v1/embeddings#part',
  '/v1/embeddings?a#b',
  '/v1/embeddings?a b',
  '/v1/embeddings?caf\xe9',
  '/v1/embeddings?"<>[]{}|\\^`',
  '/v1/embeddings?\t',
  '/v1/embeddings?\x00',
  '/v1/embeddings?\x7f',
  `/v1/embeddings?${'q'.repeat(4_000)}`,
  `/v1/embeddings?${'q'.repeat(40_000)}`,
]
const VERSIONS = [
  'HTTP/1.0',
  'HTTP/0.9',
  'HTTP/2.0',
  'HTTP/1.2',
  'HTTP/1.10',
  'http/1.1',
  'HTTP/1.1 ',
  ' HTTP/1.1',
  'HTTP/11',
  'HTTP/1.',
  '',
]
const LINE_ENDS = ['\n', '\r', '\r\r\n', '\n\r', '', '\r\n\r\n', ' \r\n', '\t\r\n', '\x00\r\n', '\v\r\n']
// Beside a sound request, each of them: harmless, or a trap.
const LINES = [
  'Accept: */*',
  'accept: application/json',
  'User-Agent: OpenAI/Python 1.0',
  'X-Stainless-Lang: python',
  'X-Forwarded-For: 203.0.113.9, 10.0.0.1',
  'x-forwarded-for:',
  'X-Empty:',
  'X-Blank:    ',
  'X-Tabs:\t a\tb\t',
  'X-Spaces:   a   b   ',
  'X-Latin: caf\xe9 \xff\x80',
  'X-Low: a\x01b',
  'X-Nul: a\x00b',
  'X-Del: a\x7fb',
  'X-Cr: a\rb',
  'X-Lf: a\nb',
  'X-Long: '.padEnd(3_900, 'x'),
  'X-Longer: '.padEnd(40_000, 'x'),
  "x!#$%&'*+-.^_`|~9: token",
  'X Y: a',
  'X(: a',
  'X-Caf\xe9: a',
  'X-Space : a',
  'X-Tab\t: a',
  ' X-Folded: a',
  '\tfolded',
  ': no name',
  'no colon',
  'constructor: a',
  '__proto__: a',
  'toString: a',
  'hasOwnProperty: a',
  'Cookie: a=b',
  'Set-Cookie: a=b',
  'Host: b',
  'host: a',
  'Host:',
  'Authorization: Bearer two',
  'authorization: Basic three',
  'Content-Type: application/json',
  'Content-Type: text/plain',
  'Content-Encoding: gzip',
  'Content-Length: 2',
  'Content-Length: 0',
  'content-length: 20',
  'Content_Length: 5',
  'Content-Length : 2',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: identity',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: chunked, chunked',
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding:\tchunked',
  'Transfer-Encoding : chunked',
  'transfer-encoding:',
  'Transfer_Encoding: chunked',
  'TE: trailers',
  'Trailer: X-After',
  'Expect: 100-continue',
  'expect: 200-ok',
  'Upgrade: websocket',
  'Upgrade: h2c',
  'HTTP2-Settings: AAMAAABk',
  'Connection: keep-alive',
  'Connection: Keep-Alive',
  'connection: KEEP-ALIVE',
  'Connection: close',
  'Connection: CLOSE',
  'Connection: keep-alive, close',
  'Connection: close, keep-alive',
  'Connection: upgrade',
  'Connection: keep-alive, Upgrade',
  'Connection: X-Hop',
  'Connection: content-length',
  'Connection: , ,',
  'Connection:',
  'Proxy-Connection: close',
  'Proxy-Connection: keep-alive',
  'Keep-Alive: timeout=5, max=1',
]
const LENGTHS = [
  '+5',
  '-5',
  '5, 5',
  '5,5',
  '0x5',
  '005',
  '5.0',
  '5e0',
  '',
  ' 5 ',
  '5 5',
  '٥',
  '5\t',
  '\t5',
  '4294967301',
  '18446744073709551621',
  '99999999999999999999',
  '5;5',
  '5\x00',
]
const TYPES = [
  'application/json; charset=utf-8',
  'APPLICATION/JSON',
  'application/json;',
  'application/jsonp',
  'application/problem+json',
  'multipart/form-data; boundary=x',
  'text/plain',
  '',
  'application/json charset',
]
const MODES = [
  '',
  '',
  '',
  '?mode=chunked',
  '?mode=bare',
  '?mode=empty',
  '?mode=events',
  '?mode=cut',
  '?mode=late',
  '?mode=early',
  '?a=b&c=%20d',
]
const PATHS = [
  '/v1/chat/completions',
  '/v1/embeddings',
  '/v1/responses',
  '/v1/completions',
  '/v1/audio/speech',
]

/** One connection's bytes: one to four requests, some with a fault, split into segments. */
export function requestCase(random: Random): RequestCase {
  const count = random() < 0.6 ? 1 : 1 + Math.floor(random() * 4)
  const requests = Array.from({ length: count }, () => request(random))
  let bytes: Buffer = Buffer.from(requests.join(''), 'latin1')
  if (random() < 0.15) bytes = damaged(bytes, random)
  if (random() < 0.1) bytes = bytes.subarray(0, Math.floor(random() * bytes.length))
  return { segments: abort(bytes, random), end: random() < 0.5 ? 'says so' : 'waits' }
}

function request(random: Random): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const isSound = random() < 0.5
  const rarely = (chance: number) => !isSound && random() < chance
  const body = bodyOf(random)
  const method = rarely(0.15) ? pick(METHODS) : 'POST'
  const target = rarely(0.15) ? pick(TARGETS) : pick(PATHS) + pick(MODES)
  const version = rarely(0.08) ? pick(VERSIONS) : 'HTTP/1.1'
  const length = rarely(0.15)
    ? pick(LENGTHS)
    : String(Math.max(0, body.length + (rarely(0.1) ? Math.floor(random() * 9) - 4 : 0)))
  const lines = [
    'Host: a',
    'Authorization: Bearer one',
    `Content-Type: ${rarely(0.1) ? pick(TYPES) : 'application/json'}`,
    `${pick(['Content-Length', 'content-length', 'CONTENT-LENGTH'])}:${pick([' ', '', '  '])}${length}`,
  ]
  if (isSound && random() < 0.5) lines.push(...LINES.slice(0, 5).filter(() => random() < 0.5))
  for (let extra = isSound ? 0 : Math.floor(random() * 4); extra > 0; extra--)
    lines.splice(Math.floor(random() * (lines.length + 1)), 0, pick(LINES))
  if (rarely(0.1)) lines.splice(Math.floor(random() * lines.length), 1)
  const start = `${rarely(0.03) ? pick(['\r\n', '\n', '\r', ' ', '\r\n\r\n', '\x00']) : ''}${method}${rarely(0.03) ? pick(['  ', '\t', '']) : ' '}${target} ${version}`
  const head = [start, ...lines, '']
    .map((line) => `${line}${rarely(0.01) ? pick(LINE_ENDS) : '\r\n'}`)
    .join('')
  return head + body
}

function bodyOf(random: Random): string {
  const kind = random()
  if (kind < 0.05) return ''
  if (kind < 0.1) return `5\r\nabcde\r\n0\r\n\r\n`
  if (kind < 0.13) return 'x'.repeat(Math.floor(random() * 1_300))
  if (kind < 0.15) return 'POST /v1/embeddings HTTP/1.1\r\nHost: b\r\nContent-Length: 0\r\n\r\n'
  return `{"model":"m${Math.floor(random() * 10)}","input":"${'y'.repeat(Math.floor(random() * 40))}"}`
}

function damaged(bytes: Buffer, random: Random): Buffer {
  const at = Math.floor(random() * bytes.length)
  const end = Math.min(bytes.length, at + 1 + Math.floor(random() * 8))
  const kind = random()
  if (kind < 0.4) {
    const flipped = Buffer.from(bytes)
    if (flipped.length > 0) flipped[at] = (flipped[at] ?? 0) ^ (1 << Math.floor(random() * 8))
    return flipped
  }
  if (kind < 0.6) return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)])
  if (kind < 0.8) return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)])
  const noise = Buffer.from(
    Array.from({ length: 1 + Math.floor(random() * 6) }, () => Math.floor(random() * 256)),
  )
  return Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)])
}

function abort(bytes: Buffer, random: Random): Buffer[] {
  const pieces = random() < 0.5 ? 1 : 1 + Math.floor(random() * 5)
  const cuts = Array.from({ length: pieces - 1 }, () => Math.floor(random() * bytes.length))
  // Where a reader changes its mind: at the end of a head, or one byte off.
  const heads = [...bytes.toString('latin1').matchAll(/\r\n\r\n/g)].map(({ index }) => index + 4)
  if (pieces > 1 && random() < 0.5) cuts.push(...heads.map((at) => at + Math.floor(random() * 3) - 1))
  const sorted = [...new Set([0, ...cuts, bytes.length])].filter((at) => at >= 0 && at <= bytes.length)
  sorted.sort((a, b) => a - b)
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end))
}
