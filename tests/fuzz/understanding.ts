// A handler that reports what it understood, by each kind of response that the gateway sends; the query names the kind.
import { createHash } from 'node:crypto'
import type { Exchange } from '@latchkey/server/http/server/exchange.ts'

// Small, so that a body can be too large for it.
const BODY_MAX_BYTES = 1_000

/** What a handler was given, and what became of it. */
export type Understood = {
  /** Method, target, headers, length, and the client that a proxy reports. */
  request: string
  /** Its length and hash, or why there is none; null where it was not asked for. */
  body: string | null
  /** Its client disconnected before the end of the response. */
  disconnected: boolean
}

/** Handles one exchange, and appends to `all` what it was. */
export async function understand(exchange: Exchange, all: Understood[]): Promise<void> {
  const { method, path, query, headers, bodyBytes, clientIp } = exchange
  const forwardedFor = clientIp?.replace(/^.* for /, '')
  const understood: Understood = {
    request: JSON.stringify({ method, path, query, headers, bodyBytes, forwardedFor }),
    body: null,
    disconnected: false,
  }
  all.push(understood)
  const mode = /[?&]mode=(\w+)/.exec(query)?.[1] ?? ''
  exchange.listen({
    onDrain: () => undefined,
    onDisconnect: () => {
      understood.disconnected = true
    },
  })
  if (mode === 'early') return response(exchange, mode, Buffer.from(understood.request))
  const body = await exchange.readBody(BODY_MAX_BYTES)
  understood.body = typeof body === 'string' ? body : hash(body)
  if (body !== 'disconnected')
    response(exchange, mode, Buffer.from(`${understood.request} ${understood.body}`))
}

function response(exchange: Exchange, mode: string, reported: Buffer): void {
  const json = { 'content-type': 'application/json' }
  switch (mode) {
    case 'chunked':
      exchange.sendHead(200, { ...json, 'x-many': ['a', 'caf\xe9'], date: 'Thu, 01 Jan 1970 00:00:00 GMT' })
      exchange.sendChunk(reported.subarray(0, 10))
      exchange.sendChunk(reported.subarray(10, 11))
      return exchange.end(reported.subarray(11))
    case 'bare':
      exchange.sendHead(201, json)
      return exchange.end()
    case 'empty':
      exchange.sendHead(204, { 'x-request-id': 'req_1' })
      return exchange.end()
    case 'events':
      exchange.sendHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
      setImmediate(() => {
        exchange.sendChunk(Buffer.from('data: 1\n\n'))
        setImmediate(() => exchange.end(Buffer.from('data: [DONE]\n\n')))
      })
      return
    case 'cut':
      exchange.sendHead(200, json)
      exchange.sendChunk(reported)
      return exchange.abort(Buffer.from('data: {"error":{}}\n\n'))
    case 'open':
      exchange.sendHead(200, { 'content-type': 'text/event-stream' })
      return void exchange.sendChunk(Buffer.from('data: 1\n\n'))
    case 'never':
      return
    case 'late':
      setImmediate(() => whole(exchange, 200, reported))
      return
    case 'early':
      return whole(exchange, 401, reported)
    default:
      return whole(exchange, 200, reported)
  }
}

function whole(exchange: Exchange, status: number, reported: Buffer): void {
  exchange.sendHead(status, { 'content-type': 'application/json', 'content-length': String(reported.length) })
  exchange.end(reported)
}

function hash(body: Buffer): string {
  return `${body.length} ${createHash('sha1').update(body).digest('hex')}`
}
