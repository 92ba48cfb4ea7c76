// A request as an upstream got it, in a form in which two can be compared.
import type { OpenAiExchange } from '../openai-upstream/openai-upstream.ts'
import { isObject } from '../openai-upstream/request.ts'
import type { Received } from '../upstreams/upstream.ts'

// The request headers that are not the same at the upstream.
const NOT_ALIKE_IN_REQUESTS = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'accept-encoding',
  // Of one connection as well, where it is a WebSocket.
  'upgrade',
  'sec-websocket-key',
  'sec-websocket-extensions',
  // Of browsers, and sent by Node's fetch.
  'sec-fetch-mode',
])

/** A request as the upstream got it, without what a gateway has to change. */
export async function asReceived({ request }: OpenAiExchange): Promise<Record<string, unknown>> {
  const type = request.headers['content-type'] ?? ''
  const isForm = type.startsWith('multipart/form-data')
  const headers = Object.entries(request.headers).filter(([name]) => !NOT_ALIKE_IN_REQUESTS.has(name))
  return {
    method: request.method,
    path: request.path,
    // The boundary of a form is made up each time.
    headers: { ...Object.fromEntries(headers), 'content-type': isForm ? 'multipart/form-data' : type },
    body: isForm
      ? await fieldsOf(request)
      : (withUsageWish(request.path, request.json) ?? request.body.toString('latin1')),
  }
}

/** A request to the byte, but for the boundary of a form, and the usage that a gateway asks of a stream. */
export function exactly(request: Received): Record<string, unknown> {
  const { 'content-type': type = '', ...others } = request.headers
  const boundary = /boundary=([^;]+)/.exec(type)?.[1]
  const text = request.body.toString('latin1')
  const wished = withUsageWish(request.path, request.json)
  return {
    method: request.method,
    path: request.path,
    headers: Object.fromEntries(Object.entries(others).filter(([name]) => !NOT_ALIKE_IN_REQUESTS.has(name))),
    type: boundary === undefined ? type : type.replace(boundary, '<boundary>'),
    body:
      wished === request.json
        ? boundary === undefined
          ? text
          : text.replaceAll(boundary, '<boundary>')
        : wished,
  }
}

/** With the option for the usage of a stream: Latchkey sends it where its client does not. */
function withUsageWish(path: string, json: unknown): unknown {
  if (!isObject(json) || json.stream !== true || !/\/v1\/(chat\/)?completions$/.test(path)) return json
  const options = isObject(json.stream_options) ? json.stream_options : {}
  return { ...json, stream_options: { ...options, include_usage: true } }
}

/** The fields of a form, a file as its name, type and bytes. */
export async function fieldsOf({ headers, body }: Pick<Received, 'headers' | 'body'>): Promise<string[][]> {
  const form = new Response(new Uint8Array(body), {
    headers: { 'content-type': headers['content-type'] ?? '' },
  })
  return Promise.all(
    [...(await form.formData())].map(async ([name, value]) =>
      typeof value === 'string'
        ? [name, value]
        : [name, value.name, value.type, Buffer.from(await value.arrayBuffer()).toString('base64')],
    ),
  )
}
