// An upstream that misbehaves byte by byte: each request names, as its model, what is sent to it.

import { createServer, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { listenOnLoopback } from '../listen-on-loopback.ts'
import { COMPLETION, chatChunks, chatStream, event } from './chat-responses.ts'

/** What it does to a request, once it has read that whole. */
export type Misbehavior = (socket: Socket) => void | Promise<void>

export type MisbehavingUpstream = {
  baseUrl: string
  /** How often each was requested. */
  asked: ReadonlyMap<string, number>
  connections(): number
  close(): Promise<void>
}

/** The credential that it is sent, and repeats. */
export const CREDENTIAL = 'sk-canary-of-the-upstream-0815'
/** What must never reach another call. */
export const SMUGGLED = 'smuggled-bytes-of-another-response'

const WELL = JSON.stringify(COMPLETION)
const FIRST = event(chatChunks(false)[1])
const STREAM = chatStream(false)
const SSE = 'Content-Type: text/event-stream'
const JSON_TYPE = 'Content-Type: application/json'
const MIB = 1024 * 1024

function head(...lines: string[]): string {
  return ['HTTP/1.1 200 OK', ...lines, '', ''].join('\r\n')
}

function sized(body: string, ...lines: string[]): string {
  return head(`Content-Length: ${Buffer.byteLength(body)}`, ...lines) + body
}

function chunk(text: string | Buffer): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text.toString('latin1' as never)}\r\n`
}

function usage(value: string): Misbehavior {
  return whole(sized(`{"choices":[{"finish_reason":"stop"}],"usage":${value}}`, JSON_TYPE))
}

/** Sends it and leaves the connection open. */
function whole(text: string): Misbehavior {
  return (socket) => void socket.write(text)
}

function thenEnd(text: string): Misbehavior {
  return (socket) => void socket.end(text)
}

function thenReset(text: string): Misbehavior {
  return (socket) => void socket.write(text, () => setImmediate(() => socket.resetAndDestroy()))
}

function refusal(status: string, body: string, ...lines: string[]): Misbehavior {
  return whole(
    [`HTTP/1.1 ${status}`, `Content-Length: ${Buffer.byteLength(body)}`, JSON_TYPE, ...lines, '', body].join(
      '\r\n',
    ),
  )
}

/** Bytes one after the other, as far as they are taken. */
function drip(text: string, bytesAtOnce: number): Misbehavior {
  const bytes = Buffer.from(text)
  return async (socket) => {
    for (let at = 0; at < bytes.length && !socket.destroyed; at += bytesAtOnce) {
      socket.write(bytes.subarray(at, at + bytesAtOnce))
      await wait(1)
    }
  }
}

function chunked(events: string): string {
  const bytes = Buffer.from(events)
  return `${head(SSE, 'Transfer-Encoding: chunked')}${bytes.length.toString(16)}\r\n${events}\r\n0\r\n\r\n`
}

/** Writes, and waits until it is taken or the connection is closed. */
function written(socket: Socket, text: string): Promise<void> {
  return new Promise((resolve) => socket.write(text, () => resolve()))
}

export const MISBEHAVIORS = {
  well: whole(sized(WELL, JSON_TYPE)),
  'well, streamed': whole(chunked(STREAM)),

  'silence before the head': () => undefined,
  'reset before the head': (socket) => void socket.resetAndDestroy(),
  'end before the head': (socket) => void socket.end(),
  'half a status line': thenEnd('HTTP/1.1 20'),
  'half a head, then a reset': thenReset('HTTP/1.1 200 OK\r\nContent-Le'),
  'half a head, then silence': whole('HTTP/1.1 200 OK\r\nContent-Le'),
  'no HTTP': thenEnd('SSH-2.0-OpenSSH_9.9\r\n'),
  'a status line of letters': whole('HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n'),
  'another version of HTTP': whole('HTTP/9.9 200 OK\r\nContent-Length: 0\r\n\r\n'),
  'a header of 100 KB': whole(sized(WELL, JSON_TYPE, `X-Big: ${'x'.repeat(100_000)}`)),
  'headers without end': async (socket) => {
    socket.write('HTTP/1.1 200 OK\r\n')
    while (!socket.destroyed) {
      socket.write(`X-More: ${'x'.repeat(1_000)}\r\n`)
      await wait(1)
    }
  },
  'a header with a NUL': whole(sized(WELL, JSON_TYPE, 'X-Nul: a\0b')),
  'a header without a colon': whole(sized(WELL, JSON_TYPE, 'no colon here')),
  'two lengths': whole(`${head('Content-Length: 5', 'Content-Length: 7', JSON_TYPE)}${WELL}`),
  'a length and chunks': whole(
    `${head('Content-Length: 5', 'Transfer-Encoding: chunked', JSON_TYPE)}${chunk(WELL)}0\r\n\r\n`,
  ),
  'a negative length': whole(`${head('Content-Length: -1', JSON_TYPE)}${WELL}`),
  'another protocol': whole('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
  'a thousand early hints': whole(
    `${'HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n'.repeat(1_000)}${sized(WELL, JSON_TYPE)}`,
  ),
  'early hints without end': async (socket) => {
    while (!socket.destroyed) {
      socket.write('HTTP/1.1 103 Early Hints\r\n\r\n')
      await wait(20)
    }
  },
  'a redirect to elsewhere': refusal(
    '307 Temporary Redirect',
    '',
    'Location: http://169.254.169.254/latest/meta-data',
  ),

  'JSON, reset in its middle': thenReset(`${head('Content-Length: 1000', JSON_TYPE)}{"choices":[`),
  'JSON, ended in its middle': thenEnd(`${head('Content-Length: 1000', JSON_TYPE)}{"choices":[`),
  'JSON, silent in its middle': whole(`${head('Content-Length: 1000', JSON_TYPE)}{"choices":[`),
  'chunks without the last': thenEnd(
    `${head('Transfer-Encoding: chunked', JSON_TYPE)}${chunk('{"choices":[')}`,
  ),
  'a truncated chunk': thenEnd(`${head('Transfer-Encoding: chunked', JSON_TYPE)}ff\r\n{"choices":[`),
  'a chunk size of letters': whole(`${head('Transfer-Encoding: chunked', JSON_TYPE)}zz\r\n{}\r\n0\r\n\r\n`),
  'a reset after the head': thenReset(head('Content-Length: 1000', JSON_TYPE)),
  'a long response, reset late': async (socket) => {
    await written(
      socket,
      `${head('Content-Length: 900000', JSON_TYPE)}{"choices":[],"x":"${'x'.repeat(500_000)}`,
    )
    // A reset takes back what has not been read.
    await wait(500)
    socket.resetAndDestroy()
  },
  'more than its length': whole(`${sized(WELL, JSON_TYPE)}${sized(`"${SMUGGLED}"`, JSON_TYPE)}`),
  'an unsolicited response': async (socket) => {
    socket.write(sized(WELL, JSON_TYPE))
    await wait(20)
    socket.write(sized(`"${SMUGGLED}"`, JSON_TYPE))
  },
  'a page instead of JSON': whole(sized('<html>Sign in</html>', 'Content-Type: text/html')),
  'no JSON': whole(sized('{"choices":[}', JSON_TYPE)),
  'half of JSON, with the right length': whole(sized(WELL.slice(0, -20), JSON_TYPE)),
  nothing: whole(sized('', JSON_TYPE)),
  'half of JSON, until the end of the connection': thenEnd(
    `${head(JSON_TYPE, 'Connection: close')}${WELL.slice(0, 50)}`,
  ),
  'JSON until the end of the connection': thenEnd(`${head(JSON_TYPE, 'Connection: close')}${WELL}`),
  'HTTP/1.0': thenEnd(`HTTP/1.0 200 OK\r\n${JSON_TYPE}\r\n\r\n${WELL}`),
  trailers: whole(
    `${head('Transfer-Encoding: chunked', 'Trailer: X-Secret', JSON_TYPE)}${Buffer.byteLength(WELL).toString(16)};ext=1\r\n${WELL}\r\n0\r\nX-Secret: ${CREDENTIAL}\r\n\r\n`,
  ),
  'a byte at a time': drip(sized(WELL, JSON_TYPE), 3),
  'a coding that it is not in': whole(sized(WELL, JSON_TYPE, 'Content-Encoding: gzip')),
  'a truncated response in gzip': (socket) => {
    const packed = gzipSync(WELL).subarray(0, 40)
    socket.write(head(`Content-Length: ${packed.length}`, JSON_TYPE, 'Content-Encoding: gzip'))
    socket.write(packed)
  },
  'usage below zero': usage('{"prompt_tokens":-5,"completion_tokens":-1}'),
  'usage without bounds': usage('{"prompt_tokens":1e300,"completion_tokens":99999999999999999999}'),
  'usage of words': usage('{"prompt_tokens":"many","completion_tokens":null}'),
  'usage that is no number': usage('{"prompt_tokens":NaN}'),
  'cookies and our credential in its headers': whole(
    sized(WELL, JSON_TYPE, 'Set-Cookie: a=b', `X-Debug: Bearer ${CREDENTIAL}`, 'Clear-Site-Data: "*"'),
  ),

  'a 401': refusal(
    '401 Unauthorized',
    `{"error":{"message":"Bad key ${CREDENTIAL}"}}`,
    'WWW-Authenticate: Basic',
  ),
  'a 403 about the credential': refusal(
    '403 Forbidden',
    `{"error":{"message":"API key ${CREDENTIAL} is blocked"}}`,
  ),
  'a 403 about something else': refusal(
    '403 Forbidden',
    `{"error":{"message":"Country not supported","code":"unsupported_country_region_territory"},"sent":"${CREDENTIAL}"}`,
  ),
  'a 429': refusal(
    '429 Too Many Requests',
    '{"error":{"message":"Slow down","code":"rate_limit_exceeded"}}',
    'Retry-After: 7',
  ),
  'a 429 about money': refusal(
    '429 Too Many Requests',
    '{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}',
  ),
  'a 404 of the model': refusal(
    '404 Not Found',
    '{"error":{"message":"No such model","code":"model_not_found"}}',
  ),
  'a 400 about the context': refusal(
    '400 Bad Request',
    '{"error":{"message":"Too many tokens","code":"context_length_exceeded"}}',
  ),
  'a 503 that never ends': whole(
    `HTTP/1.1 503 Service Unavailable\r\nContent-Length: 100\r\n${JSON_TYPE}\r\n\r\n{"error"`,
  ),
  'a 500 of a page': refusal('500 Internal Server Error', '<html>oops</html>'),
  'a truncated 503': thenEnd(
    `HTTP/1.1 503 Service Unavailable\r\nContent-Length: 100\r\n${JSON_TYPE}\r\n\r\n{"error"`,
  ),

  'a stream, reset in its middle': thenReset(`${head(SSE, 'Transfer-Encoding: chunked')}${chunk(FIRST)}`),
  'a stream, ended in its middle': thenEnd(`${head(SSE, 'Transfer-Encoding: chunked')}${chunk(FIRST)}`),
  'a stream, reset in the middle of an event': thenReset(
    `${head(SSE, 'Transfer-Encoding: chunked')}${chunk(`${FIRST}data: {"half`)}`,
  ),
  'a stream that falls silent': whole(`${head(SSE, 'Transfer-Encoding: chunked')}${chunk(FIRST)}`),
  'a stream of comments alone, then an end': whole(chunked(': ping\n\n: ping\n\n')),
  'a stream without its end': whole(chunked(FIRST)),
  'a stream that is empty': whole(chunked('')),
  'a stream until the end of the connection, truncated': thenEnd(`${head(SSE, 'Connection: close')}${FIRST}`),
  'a stream of one event without JSON': whole(chunked(`data: {broken\n\n${STREAM}`)),
  'a stream in pieces of one byte': drip(chunked(STREAM), 1),
  'a stream with CRLF, in pieces of one byte': drip(chunked(STREAM.replaceAll('\n', '\r\n')), 1),
  'a stream with three kinds of line ends': whole(
    chunked(STREAM.replace('\n\n', '\n\r\n').replace('\n\ndata: [DONE]', '\r\rdata: [DONE]')),
  ),
  'a stream that begins with an error': whole(
    chunked(event({ error: { message: 'Overloaded', code: 'overloaded' } })),
  ),
  'a stream that begins with an error of the client': whole(
    chunked(event({ error: { message: 'Too many tokens', code: 'context_length_exceeded' } })),
  ),
  'a stream, reset before its first event': thenReset(head(SSE, 'Transfer-Encoding: chunked')),
  'a stream with an error within': whole(
    chunked(`${FIRST}${event({ error: { message: 'Overloaded', code: 'overloaded' } })}`),
  ),
  'a stream that goes on after [DONE]': whole(chunked(`${STREAM}${FIRST}`)),
  'a line of 50 MB': async (socket) => {
    const piece = 'x'.repeat(MIB)
    socket.write(head(SSE, 'Connection: close'))
    socket.write('data: {"choices":[{"delta":{"content":"')
    for (let sent = 0; sent < 50 && !socket.destroyed; sent++) {
      await written(socket, piece)
    }
    socket.end(`"}}]}\n\n${event('[DONE]')}`)
  },
  'JSON of 50 MB': async (socket) => {
    const piece = 'x'.repeat(MIB)
    socket.write(head(JSON_TYPE, 'Connection: close'))
    socket.write('{"data":"')
    for (let sent = 0; sent < 50 && !socket.destroyed; sent++) {
      await written(socket, piece)
    }
    socket.end('","usage":{"prompt_tokens":9,"total_tokens":9}}')
  },
} satisfies Record<string, Misbehavior>

export type MisbehaviorName = keyof typeof MISBEHAVIORS

/** Starts on a free port. */
export async function startMisbehavingUpstream(): Promise<MisbehavingUpstream> {
  const asked = new Map<string, number>()
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    let text = ''
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1')
      const request = /^[\s\S]*?\r\ncontent-length: (\d+)[\s\S]*?\r\n\r\n/i.exec(text)
      if (request === null) return
      const end = request[0].length + Number(request[1])
      if (text.length < end) return
      const name = modelIn(text.slice(request[0].length, end))
      text = text.slice(end)
      asked.set(name, (asked.get(name) ?? 0) + 1)
      const misbehavior: Misbehavior | undefined = (MISBEHAVIORS as Record<string, Misbehavior>)[name]
      if (misbehavior === undefined) throw new Error(`there is no misbehavior ${name}`)
      misbehavior(socket)
    })
  })
  const port = await listenOnLoopback(server)
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    asked,
    connections: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

function modelIn(body: string): string {
  const { model } = JSON.parse(body) as { model: unknown }
  // A name that an admin gives a model has no spaces.
  return typeof model === 'string' ? model.replaceAll('_', ' ') : ''
}
