// Requests to the provider: to checked addresses, without following redirects, within a time and a size.
import { lookup as systemLookup } from 'node:dns'
import { isSafeUrl } from '../../domain/admins/sso/sso-input.ts'
import { addressFaultMessage, checkedLookup, hostFault } from '../../domain/upstreams/upstream-address.ts'
import type { ProviderDeps } from './provider-row.ts'

const TIMEOUT_MS = 10_000
// A list of keys with certificate chains has some 20 KB.
const RESPONSE_MAX_BYTES = 1_048_576

export type CheckedFetch = (
  url: string,
  options: {
    method?: string
    headers?: Record<string, string> | Headers
    body?: unknown
    signal?: AbortSignal | null
  },
) => Promise<Response>

/** A `fetch` for the OpenID Connect libraries. Rejects with an error of the system, of TLS, EADDRREFUSED, or ETOOLARGE. */
export function createCheckedFetch({ addressPolicy, lookup }: ProviderDeps): CheckedFetch {
  return async (url, { method = 'GET', headers = {}, body, signal }) => {
    const { hostname } = new URL(url)
    if (!isSafeUrl(new URL(url)))
      throw refusal('Requests of signing in are sent by https alone; http is for this machine.')
    // An address is looked up by nobody.
    const fault = hostFault(hostname, addressPolicy)
    if (fault !== null) throw refusal(addressFaultMessage(fault, hostname))
    // Loaded with the first request: most servers have no provider.
    const { Agent, request } = await import('undici')
    const dispatcher = new Agent({
      connect: { lookup: checkedLookup(addressPolicy, lookup ?? systemLookup), timeout: TIMEOUT_MS },
    })
    const timeout = AbortSignal.timeout(TIMEOUT_MS)
    try {
      const response = await request(url, {
        method: method as 'GET' | 'POST',
        dispatcher,
        signal: signal == null ? timeout : AbortSignal.any([signal, timeout]),
        headers: { 'user-agent': 'Latchkey', ...Object.fromEntries(new Headers(headers).entries()) },
        ...(body == null ? {} : { body: String(body) }),
      })
      return new Response(await wholeBody(response.body, response.statusCode), {
        status: response.statusCode,
        headers: plainHeaders(response.headers),
      })
    } finally {
      dispatcher.destroy().catch(() => undefined)
    }
  }
}

async function wholeBody(
  body: AsyncIterable<Buffer>,
  status: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > RESPONSE_MAX_BYTES)
      throw Object.assign(new Error(`The response has more than ${RESPONSE_MAX_BYTES} bytes.`), {
        code: 'ETOOLARGE',
      })
    chunks.push(chunk)
  }
  // The constructor of Response takes no body of these.
  return status === 204 || status === 205 || status === 304 ? null : Uint8Array.from(Buffer.concat(chunks))
}

function plainHeaders(sent: Record<string, string | string[] | undefined>): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(sent))
    for (const each of Array.isArray(value) ? value : [value ?? '']) headers.append(name, each)
  return headers
}

function refusal(message: string): Error {
  return Object.assign(new Error(message), { code: 'EADDRREFUSED' })
}
