// What a request to the upstream contains, and which endpoint serves it.
import type { IncomingHttpHeaders } from 'node:http'
import type { Received } from '../upstreams/upstream.ts'
import type { Reply } from './reply.ts'

export type Asked = {
  method: string
  /** Below /v1, without a query. */
  path: string
  query: URLSearchParams
  headers: IncomingHttpHeaders
  /** The members of a JSON body; empty where it is none. */
  json: Record<string, unknown>
  /** The fields of a multipart body. */
  form(): Promise<FormData>
  /** What stood in the path where the endpoint has `{id}`, in their order. */
  ids: string[]
}

export type Endpoint = (asked: Asked, response: Reply) => void | Promise<void>

/** By `POST /files/{id}`. */
export type Endpoints = Record<string, Endpoint>

/** What the endpoints read of a request. */
export function readAsked({ method, path, headers, body, json }: Received): Asked {
  const url = new URL(path, 'http://upstream')
  return {
    method,
    path: url.pathname.slice('/v1'.length),
    query: url.searchParams,
    headers,
    json: isObject(json) ? json : {},
    form: () =>
      new Response(new Uint8Array(body), {
        headers: { 'content-type': headers['content-type'] ?? '' },
      }).formData(),
    ids: [],
  }
}

/** The endpoint of a request, whose ids are noted in `asked`; null where there is none. */
export function findEndpoint(endpoints: Endpoints, asked: Asked): Endpoint | null {
  for (const [pattern, endpoint] of Object.entries(endpoints)) {
    const [method, path = ''] = pattern.split(' ')
    if (method !== asked.method) continue
    const match = new RegExp(`^${path.replaceAll('{id}', '([^/]+)')}$`).exec(asked.path)
    if (match === null) continue
    asked.ids = match.slice(1).map(decodeURIComponent)
    return endpoint
  }
  return null
}

/** True for an object that is no list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The objects of a list; empty where the value is none. */
export function objectsIn(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

/** The text of a message's content: a string, or parts of which some are text. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  return objectsIn(content)
    .map(({ type, text }) => (typeof text === 'string' ? text : `[${type}]`))
    .join(' ')
}
