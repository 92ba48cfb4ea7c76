// Bounds what clients that are not identified may have in memory here: how many of their bodies are read at once.
//
// Owner: the GraphQL handler, one per process. Key: the client's network. Bound: TOTAL_MAX entries, since each is a body that is
// being read. Lifetime: until the body is read or its deadline has passed.
import type { IncomingMessage } from 'node:http'
import { AdminError } from '../domain/admin-errors.ts'
import { networkOf } from '../domain/client-network.ts'
import { readText } from './read-body.ts'

const BODY_MAX_BYTES = 16_384
const DEADLINE_MS = 10_000
// Above what an office behind one address sends at once; 256 bodies of 16 KB are 4 MB.
const PER_NETWORK_MAX = 32
const TOTAL_MAX = 256

export type StrangerBodies = {
  /**
   * The body of an unidentified client as text, at most 16 KB and within 10 s. Throws RATE_LIMITED where too many of this
   * network are being read, UNAVAILABLE where too many of all are; else as `readText` does.
   */
  read(request: IncomingMessage, ip: string | null): Promise<string>
}

/** No body is being read yet. */
export function createStrangerBodies(): StrangerBodies {
  const reading = new Map<string, number>()
  let total = 0
  return {
    async read(request, ip) {
      const network = networkOf(ip)
      const count = reading.get(network) ?? 0
      if (count >= PER_NETWORK_MAX) throw new AdminError('RATE_LIMITED')
      if (total >= TOTAL_MAX) throw new AdminError('UNAVAILABLE')
      reading.set(network, count + 1)
      total++
      try {
        return await readText(request, BODY_MAX_BYTES, DEADLINE_MS)
      } finally {
        total--
        const remaining = (reading.get(network) ?? 1) - 1
        if (remaining === 0) reading.delete(network)
        else reading.set(network, remaining)
      }
    },
  }
}
