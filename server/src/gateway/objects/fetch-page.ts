// Asks an upstream for one page of a list of objects.
import { upstreamPath } from '../../domain/endpoints/find-endpoint.ts'
import { isObject } from '../../domain/is-object.ts'
import { parseUpstreamError } from '../../domain/upstreams/parse-upstream-error.ts'
import type { Upstream } from '../../domain/upstreams/upstream.ts'
import type { Exchange } from '../../http/server/exchange.ts'
import { headersToUpstream } from '../../http/wire/headers.ts'
import { parsedJson } from '../../http/wire/parsed-json.ts'
import { upstreamRequestProfile } from '../attempt/upstream-request-profile.ts'
import type { Gateway } from '../gateway.ts'
import { redacted } from '../metering/upstream-error.ts'

/** `entries`: in the upstream's order. */
export type ObjectPage = { entries: Record<string, unknown>[]; hasMore: boolean }

/** `status`: of the upstream's response, with what it said, without secrets; 502 for what is no list, or no response. */
export type PageFailure = { status: number; message: string | null }

// A hundred responses with their whole output.
const PAGE_MAX_BYTES = 32 * 1024 * 1024
const PAGE_MAX_MS = 30_000
const NO_LIST: PageFailure = { status: 502, message: null }

/** `query` without its question mark. Never rejects. */
export function fetchPage(
  { client }: Pick<Gateway, 'client'>,
  upstream: Upstream,
  { path, headers }: Pick<Exchange, 'path' | 'headers'>,
  query: string,
): Promise<ObjectPage | PageFailure> {
  const profile = upstreamRequestProfile(upstream)
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    let status = 0
    const timer = setTimeout(() => end(NO_LIST), PAGE_MAX_MS)
    const end = (result: ObjectPage | PageFailure) => {
      clearTimeout(timer)
      request.abort()
      resolve(result)
    }
    const request = client.send(
      {
        baseUrl: upstream.baseUrl,
        method: 'GET',
        path: `${upstreamPath(path)}${query === '' ? '' : `?${query}`}`,
        headers: headersToUpstream(headers, profile.headers, true),
        body: null,
        bodyBytes: null,
        egress: profile.egress,
      },
      {
        onHead: (received) => {
          status = received
        },
        onChunk: (chunk) => {
          bytes += chunk.length
          if (bytes <= PAGE_MAX_BYTES) chunks.push(chunk)
          else end(NO_LIST)
          return true
        },
        onEnd: () => {
          const json = parsedJson(Buffer.concat(chunks).toString('utf8'))
          end(status === 200 ? (pageOf(json) ?? NO_LIST) : failureOf(status, json, profile.secrets))
        },
        onFailure: () => end(NO_LIST),
      },
    )
  })
}

/** Null for what is no list; some upstreams send the list alone. */
function pageOf(json: unknown): ObjectPage | null {
  const data = isObject(json) ? json.data : json
  if (!Array.isArray(data)) return null
  return { entries: data.filter(isObject), hasMore: isObject(json) && json.has_more === true }
}

function failureOf(status: number, json: unknown, secrets: readonly string[]): PageFailure {
  // A credential that is refused, and a redirect, are nothing that a client can mend.
  if (status < 400 || status === 401) return NO_LIST
  const message = parseUpstreamError(json, 'upstream_error')?.message ?? null
  return { status, message: message === null ? null : redacted(message, secrets) }
}
