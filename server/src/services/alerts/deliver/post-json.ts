// One POST to a URL that an admin has given: to a checked address, without following redirects, within a time and a size.
import { lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import {
  type AddressPolicy,
  AddressRefusedError,
  checkedLookup,
  hostFault,
} from '../../../domain/upstreams/upstream-address.ts'

export type PostReply = {
  status: number
  retryAfter: unknown
  /** Of up to 64 KiB of the body; undefined where it is no JSON. */
  json: unknown
}

/** What messages are sent with. `lookup`: resolves names; null: the system's. */
export type SendingPolicy = { addresses: AddressPolicy; lookup: LookupFunction | null; signal: AbortSignal }

const RESPONSE_MAX_BYTES = 65_536

/** Rejects where no response comes, with an error of the system, of TLS, or EADDRREFUSED. */
export async function postJson(
  url: string,
  headers: Record<string, string>,
  body: string,
  policy: SendingPolicy,
): Promise<PostReply> {
  const { hostname } = new URL(url)
  // The setting may have changed since the URL was saved, and an address is looked up by nobody.
  const fault = hostFault(hostname, policy.addresses)
  if (fault !== null) throw new AddressRefusedError(fault, hostname)
  // Loaded with the first message, as it is with the first call that needs it.
  const { Agent, request } = await import('undici')
  const dispatcher = new Agent({
    connect: { lookup: checkedLookup(policy.addresses, policy.lookup ?? lookup) },
  })
  try {
    const response = await request(url, {
      method: 'POST',
      dispatcher,
      signal: policy.signal,
      headers: { 'content-type': 'application/json', 'user-agent': 'Latchkey-Alerts', ...headers },
      body,
    })
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      bytes += chunk.length
      // The status has been read: what is more than a receiver has to say is left unread.
      if (bytes > RESPONSE_MAX_BYTES) break
      chunks.push(chunk)
    }
    return {
      status: response.statusCode,
      retryAfter: response.headers['retry-after'],
      json: parsed(Buffer.concat(chunks)),
    }
  } finally {
    dispatcher.destroy().catch(() => undefined)
  }
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}
