// Requests that the control plane itself sends to an upstream: bounded in time and size, to checked addresses, no redirect followed.
import { lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import type { Dispatcher } from 'undici'
import { headersOf, proxyOf, type Upstream } from '../../domain/upstreams/upstream.ts'
import { type AddressPolicy, checkedLookup } from '../../domain/upstreams/upstream-address.ts'
import { UPSTREAM_TEST_CODES } from '../../domain/upstreams/upstream-test-code.ts'
import { StepFailure } from './step-failure.ts'

export type UpstreamReply = {
  status: number
  /** Up to 4 MiB of the body as JSON; undefined where it is none. */
  json: unknown
}

export type UpstreamQuery = { method: 'GET' | 'POST'; path: string; body?: unknown; timeoutMs: number }

const RESPONSE_MAX_BYTES = 4 * 1024 * 1024

/** A lookup of the system that refuses what no upstream may be. */
export function lookupFor(policy: AddressPolicy): LookupFunction {
  return checkedLookup(policy, lookup)
}

/** Sends a request with the upstream's credential and headers, on a connection of its own. Rejects where no complete response comes in time. */
export async function requestUpstream(
  upstream: Upstream,
  policy: AddressPolicy,
  { method, path, body, timeoutMs }: UpstreamQuery,
): Promise<UpstreamReply> {
  const signal = AbortSignal.timeout(timeoutMs)
  // Loaded with the first question, as it is with the first call that needs it.
  const undici = await import('undici')
  const dispatcher = dispatcherFor(undici, upstream, policy)
  try {
    const response = await undici.request(`${upstream.baseUrl}${path}`, {
      method,
      dispatcher,
      signal,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headersOf(upstream),
      },
      body: body === undefined ? null : JSON.stringify(body),
    })
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > RESPONSE_MAX_BYTES)
        throw new StepFailure('RESPONSE_TOO_LARGE', UPSTREAM_TEST_CODES.RESPONSE_TOO_LARGE)
      chunks.push(chunk)
    }
    return { status: response.statusCode, json: parsed(Buffer.concat(chunks)) }
  } finally {
    // Not awaited: a connection that does not close must not delay this function.
    dispatcher.destroy().catch(() => undefined)
  }
}

function dispatcherFor(
  { Agent, ProxyAgent }: typeof import('undici'),
  upstream: Upstream,
  policy: AddressPolicy,
): Dispatcher {
  const connect = { lookup: lookupFor(policy) }
  const proxyUrl = proxyOf(upstream)
  return proxyUrl === null ? new Agent({ connect }) : new ProxyAgent({ uri: proxyUrl, proxyTls: connect })
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}
