// Responses as bytes: most of them valid, many of them a little wrong, some of them nonsense; all of them from a seed.

/** What an upstream sends, and how it comes to its end. */
export type ResponseCase = {
  method: 'GET' | 'POST' | 'HEAD'
  /** As they arrive, one after the other. */
  segments: Buffer[]
  /** How the connection ends after them. */
  end: 'close' | 'reset'
  /** The listener asks for a pause after every chunk. */
  slow: boolean
}

type Random = () => number

const STATUSES = ['200', '200', '200', '200', '201', '204', '205', '304', '400', '404', '429', '500', '503']
const ODD_STATUSES = [
  '100',
  '101',
  '102',
  '103',
  '199',
  '000',
  '099',
  '299',
  '600',
  '999',
  '20',
  '2000',
  'abc',
  '',
]
const HEADERS = [
  'Content-Type: application/json',
  'content-type: text/event-stream; charset=utf-8',
  'X-Request-Id: req_1',
  'x-request-id: req_2',
  'Date: Mon, 01 Jan 2035 00:00:00 GMT',
  'Set-Cookie: a=b',
  'Set-Cookie: c=d; Path=/',
  'Keep-Alive: timeout=5, max=100',
  'Keep-Alive: timeout=2',
  'Keep-Alive: timeout=3',
  'Connection: keep-alive',
  'Connection: Keep-Alive',
  'Retry-After: 1',
  'X-Empty:',
  'X-Blank:    ',
  'X-Latin: caf\xe9 \xff\x80',
  'X-Tabs:\t a\tb\t',
  'X-Trailing: value   ',
  "x!#$%&'*+-.^_`|~9: token",
  'constructor: a',
  'constructor: b',
  '__proto__: a',
  'toString: x',
  'Trailer: X-Sum',
  'Server: s',
]
const ODD_HEADERS = [
  'Connection: close',
  'connection: Close, x-foo',
  'Connection: x-foo',
  'Connection: upgrade',
  'Upgrade: websocket',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: chunked, chunked',
  'Transfer-Encoding: identity',
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding : chunked',
  'Transfer-Encoding: chunked ',
  'Transfer-Encoding:\tchunked',
  'Transfer-Encoding: CHUNKED',
  'Transfer-Encoding:',
  'Content-Length: 0',
  'Content-Length: 5',
  'Content-Length: 5',
  'Content-Length: 05',
  'Content-Length: +5',
  'Content-Length: -1',
  'Content-Length: 5, 5',
  'Content-Length: 5 ',
  'Content-Length: 5 5',
  'Content-Length: 0x5',
  'Content-Length:',
  'Content-Length: 99999999999999999999999',
  'Content-Length: 18446744073709551617',
  'Content-Length : 5',
  ' folded: no',
  ' and on',
  '\tand on',
  ': no name',
  'no colon',
  'bad name: x',
  'n\xe4me: x',
  'nul: a\0b',
  'bare-cr: a\rb',
  'bare-lf: a\nb',
  'bell: \x07',
  'del: \x7f',
  '',
]

/** One response; the same numbers, the same response. */
export function responseCase(random: Random): ResponseCase {
  const method = pick(random, ['POST', 'POST', 'POST', 'GET', 'HEAD'] as const)
  let bytes: Buffer = Buffer.from(responseText(random), 'latin1')
  if (chance(random, 0.35)) bytes = mutated(random, bytes)
  return {
    method,
    segments: segmented(random, bytes),
    end: chance(random, 0.85) ? 'close' : 'reset',
    slow: chance(random, 0.2),
  }
}

function responseText(random: Random): string {
  let text = ''
  while (chance(random, 0.06)) text += head(random, pick(random, ['102', '103', '103', '100', '101']), [])
  const status = chance(random, 0.04) ? pick(random, ODD_STATUSES) : pick(random, STATUSES)
  const framing = pick(random, [
    'length',
    'length',
    'length',
    'chunked',
    'chunked',
    'chunked',
    'until-close',
  ] as const)
  switch (framing) {
    case 'length': {
      const payload = body(random)
      const said = chance(random, 0.08) ? payload.length + whole(random, 7) - 3 : payload.length
      text += head(random, status, [`Content-Length: ${said}`]) + payload
      break
    }
    case 'chunked':
      text += head(random, status, ['Transfer-Encoding: chunked']) + chunks(random)
      break
    case 'until-close':
      text += head(random, status, []) + body(random)
      break
  }
  // What nobody asked for.
  if (chance(random, 0.08))
    text += pick(random, ['\r\n', '\n', 'x', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx'])
  return text
}

function head(random: Random, status: string, framing: string[]): string {
  const version = chance(random, 0.04)
    ? pick(random, [
        'HTTP/1.0',
        'HTTP/1.0',
        'HTTP/1.2',
        'HTTP/2.0',
        'http/1.1',
        'HTTP/1.',
        'HTTP/11',
        'ICY',
        ' HTTP/1.1',
      ])
    : 'HTTP/1.1'
  const reason = pick(random, [' OK', ' OK', ' OK', ' ', '', ' Not: Found', ' \xe9\t', '  two'])
  const lines = [...framing]
  const many = whole(random, 6)
  for (let n = 0; n < many; n++) lines.splice(whole(random, lines.length + 1), 0, pick(random, HEADERS))
  if (chance(random, 0.12)) lines.splice(whole(random, lines.length + 1), 0, pick(random, ODD_HEADERS))
  if (chance(random, 0.02)) lines.push(`X-Long: ${'y'.repeat(whole(random, 70_000))}`)
  const blank = chance(random, 0.01) ? '  ' : ' '
  return `${version}${blank}${status}${reason}\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`
}

function chunks(random: Random): string {
  let text = ''
  const many = whole(random, 4)
  for (let n = 0; n < many; n++) {
    const data = body(random) || 'z'
    text += `${size(random, data.length)}\r\n${data}\r\n`
  }
  text += `${chance(random, 0.05) ? size(random, 0) : '0'}\r\n`
  if (chance(random, 0.12)) {
    text += pick(random, [
      'X-Sum: 1\r\n',
      'X-Sum: 1\r\nX-Two:\r\n',
      'Content-Length: 3\r\n',
      'Transfer-Encoding: chunked\r\n',
      'Connection: close\r\n',
      'bad line\r\n',
      ' folded\r\n',
      'bad name: x\r\n',
      'x: \0\r\n',
      'x: y\n',
    ])
  }
  return `${text}\r\n`
}

function size(random: Random, bytes: number): string {
  const hex = bytes.toString(16)
  if (chance(random, 0.85)) return hex
  return pick(random, [
    hex.toUpperCase(),
    `0${hex}`,
    `000000000000${hex}`,
    `00000000000000000${hex}`,
    `1000000000000000${hex}`,
    `${hex};a`,
    `${hex};a=b`,
    `${hex};a=b;c="d e"`,
    `${hex};a="\\""`,
    `${hex};a="`,
    `${hex}; a`,
    `${hex} ;a`,
    `${hex};`,
    `${hex};=b`,
    `${hex};a=`,
    `${hex};;`,
    `${hex};${'e'.repeat(whole(random, 3_000))}`,
    `${hex} `,
    ` ${hex}`,
    `0x${hex}`,
    `-${hex}`,
    `+${hex}`,
    `${hex}\t`,
    `${hex};a\x01`,
    `${hex};a\xe9`,
    `${(bytes + 1).toString(16)}`,
    `${Math.max(0, bytes - 1).toString(16)}`,
    'g',
    '',
  ])
}

function body(random: Random): string {
  return pick(random, [
    '',
    '{}',
    'hello',
    'data: {"a":1}\n\n',
    '\r\n\r\n',
    '0\r\n\r\n',
    'HTTP/1.1 200 OK\r\n\r\n',
    'x'.repeat(whole(random, 300)),
    '\0\xff\r\n',
  ])
}

/** A few bytes are not what they were. */
function mutated(random: Random, bytes: Buffer): Buffer {
  let out = bytes
  const times = 1 + whole(random, 3)
  for (let n = 0; n < times; n++) {
    // Most of what can go wrong is near the framing.
    const near = chance(random, 0.5)
      ? out.indexOf(pick(random, ['\r\n', ':', '\r\n\r\n', ';', ' ']), whole(random, out.length))
      : -1
    const at = near === -1 ? whole(random, out.length + 1) : near + whole(random, 3)
    const before = out.subarray(0, at)
    const after = out.subarray(at)
    switch (pick(random, ['flip', 'insert', 'drop', 'cut', 'double', 'end'] as const)) {
      case 'flip':
        out = Buffer.from(out)
        if (at < out.length) out[at] = whole(random, 256)
        break
      case 'insert':
        out = Buffer.concat([
          before,
          Buffer.from(
            pick(random, ['\r', '\n', '\0', ' ', '\t', ':', ';', '\r\n', '\xff', '0', 'a', ',']),
            'latin1',
          ),
          after,
        ])
        break
      case 'drop':
        out = Buffer.concat([before, after.subarray(1 + whole(random, 2))])
        break
      case 'cut':
        out = Buffer.from(before)
        break
      case 'double': {
        const span = out.subarray(at, at + whole(random, 40))
        out = Buffer.concat([before, span, after])
        break
      }
      case 'end':
        out = Buffer.concat([
          before,
          Buffer.from(pick(random, ['\n', '\r', '\r\r\n', '\n\n', '\r\n\r\n'])),
          after,
        ])
    }
  }
  return out
}

/** The same bytes in pieces: whole, anywhere, around line ends, or one by one. */
function segmented(random: Random, bytes: Buffer): Buffer[] {
  if (chance(random, 0.3)) return [bytes]
  const cuts = new Set<number>()
  if (bytes.length < 120 && chance(random, 0.1)) {
    for (let at = 1; at < bytes.length; at++) cuts.add(at)
  } else {
    const many = 1 + whole(random, 6)
    for (let n = 0; n < many; n++) {
      const lineEnd = bytes.indexOf('\r\n', whole(random, bytes.length + 1))
      cuts.add(
        lineEnd !== -1 && chance(random, 0.6) ? lineEnd + whole(random, 5) : whole(random, bytes.length),
      )
    }
  }
  const ends = [...cuts].filter((at) => at > 0 && at < bytes.length).toSorted((a, b) => a - b)
  return [...ends, bytes.length]
    .map((end, n) => bytes.subarray(ends[n - 1] ?? 0, end))
    .filter(({ length }) => length > 0)
}

function chance(random: Random, of: number): boolean {
  return random() < of
}

function whole(random: Random, below: number): number {
  return Math.floor(random() * below)
}

function pick<T>(random: Random, all: readonly [T, ...T[]] | readonly T[]): T {
  const one = all[whole(random, all.length)]
  if (one === undefined) throw new Error('nothing to pick from')
  return one
}
