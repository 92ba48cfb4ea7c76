// How the upstream responds: the headers of OpenAI's own responses, bodies, and streams of events.
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { Received } from '../upstreams/upstream.ts'
import type { Reply } from './reply.ts'
import { isObject } from './request.ts'

/** The instant of everything that is made here, in Unix seconds. */
export const CREATED = 1_763_800_000

/** The response to a request. */
export type Answered = {
  /** The `x-request-id`. */
  id: string
  /** Null while there is no response. */
  status: number | null
  /** True once the client has disconnected before the response's end. */
  disconnected: boolean
  /** True where an event of a stream reported a failure. */
  failed: boolean
  /** The last usage object that the response held. */
  usage: Record<string, unknown> | null
}

// What stands in front of OpenAI's API adds more than an application cares for, and a gateway is to sort it.
const HEADERS = {
  'openai-version': '2020-10-01',
  'openai-organization': 'org-conformance',
  'openai-project': 'proj_conformance',
  'openai-processing-ms': '12',
  'x-ratelimit-limit-requests': '10000',
  'x-ratelimit-limit-tokens': '200000',
  'x-ratelimit-remaining-requests': '9999',
  'x-ratelimit-remaining-tokens': '199990',
  'x-ratelimit-reset-requests': '8.64s',
  'x-ratelimit-reset-tokens': '6m0s',
  'access-control-expose-headers': 'X-Request-ID',
  'strict-transport-security': 'max-age=31536000; includeSubDomains; preload',
  'x-content-type-options': 'nosniff',
  'cf-cache-status': 'DYNAMIC',
  'cf-ray': '9a1b2c3d4e5f6789-FRA',
  'set-cookie': '__cf_bm=conformance; path=/; HttpOnly; Secure',
  server: 'cloudflare',
  'alt-svc': 'h3=":443"; ma=86400',
}

export const EVENT_STREAM = 'text/event-stream; charset=utf-8'

/** What an endpoint writes its response with; `succeeded` notes what became of it. */
export function createReply(request: Received, response: ServerResponse, succeeded: Answered): Reply {
  response.on('close', () => {
    succeeded.disconnected = !response.writableFinished
  })

  function head(status: number, headers: Record<string, string>): void {
    succeeded.status = status
    response.writeHead(status, { ...HEADERS, 'x-request-id': succeeded.id, ...headers })
  }

  return {
    json(body, status = 200, headers = {}) {
      succeeded.usage = usageIn(body) ?? succeeded.usage
      const text = Buffer.from(JSON.stringify(body, null, 2))
      const zipped = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
      const bytes = zipped ? gzipSync(text) : text
      head(status, {
        'content-type': 'application/json',
        ...(zipped ? { 'content-encoding': 'gzip' } : {}),
        'content-length': String(bytes.length),
        ...headers,
      })
      response.end(bytes)
    },
    bytes(type, body) {
      head(200, { 'content-type': type, 'content-length': String(Buffer.byteLength(body)) })
      response.end(body)
    },
    page(status, html, headers) {
      head(status, {
        'content-type': 'text/html',
        'content-length': String(Buffer.byteLength(html)),
        ...headers,
      })
      response.end(html)
    },
    silence: () => response,
    start(type) {
      head(200, {
        'content-type': type,
        ...(type.startsWith(EVENT_STREAM) ? { 'cache-control': 'no-cache' } : {}),
      })
      response.flushHeaders()
      return response
    },
    async events(events, named = false) {
      head(200, { 'content-type': EVENT_STREAM, 'cache-control': 'no-cache' })
      for (const event of events) {
        if (response.destroyed) return
        succeeded.usage = usageIn(event) ?? succeeded.usage
        succeeded.failed ||= isObject(event) && ('error' in event || event.type === 'response.failed')
        const name = named && isObject(event) ? `event: ${event.type}\n` : ''
        const data = typeof event === 'string' ? event : JSON.stringify(event)
        await writeInHalves(response, Buffer.from(`${name}data: ${data}\n\n`))
      }
      response.end()
    },
  }
}

/** Two writes, the first of which ends anywhere in an event: a reader has to put them together. */
async function writeInHalves(response: ServerResponse, bytes: Buffer): Promise<void> {
  const half = bytes.length >> 1
  for (const part of [bytes.subarray(0, half), bytes.subarray(half)]) {
    if (!response.write(part) && !response.destroyed)
      await Promise.race([once(response, 'drain'), once(response, 'close')])
    await setImmediate()
  }
}

function usageIn(body: unknown): Record<string, unknown> | null {
  if (!isObject(body)) return null
  const connection = isObject(body.response) ? body.response : body
  return isObject(connection.usage) ? connection.usage : null
}
