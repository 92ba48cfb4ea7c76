// A worker's object bindings: the owner has them, so that every worker knows what any has bound.
//
// A cache of what the owner said. Owner: the worker. Key: the object's id. Bound: CACHED_MAX, of which the least recently used
// go first. Lifetime: CACHED_MS. Invalidation: none but that, since a binding is not changed while its object lives.
import { LRUCache } from 'lru-cache'
import type { ObjectBinding, ObjectBindings } from '../gateway/objects/object-bindings.ts'
import { createPendingRequests } from '../rpc/rpc.ts'
import {
  type ObjectsReply,
  type ObjectsRequest,
  RESPONSE_MAX_MS,
  type ToOwner,
  type ToWorker,
} from './protocol.ts'

const CACHED_MAX = 5_000
const CACHED_MS = 60_000

export type ObjectsClient = ObjectBindings & {
  /** Takes the owner's replies. */
  onReply(message: Extract<ToWorker, { kind: 'objects' }>): void
}

/** `send` carries a message to the owner. */
export function createObjectsClient(send: (message: ToOwner) => void): ObjectsClient {
  const cache = new LRUCache<string, ObjectBinding>({ max: CACHED_MAX, ttl: CACHED_MS })
  const pending = createPendingRequests<ObjectsReply>()

  function ask(request: ObjectsRequest): Promise<ObjectsReply> {
    return pending.request((id) => send({ kind: 'objects', id, request }), RESPONSE_MAX_MS)
  }

  return {
    find(ids) {
      const found = new Map<string, ObjectBinding>()
      const unknown: string[] = []
      for (const id of ids) {
        const binding = cache.get(id)
        if (binding === undefined) unknown.push(id)
        else found.set(id, binding)
      }
      if (unknown.length === 0) return found
      return ask({ do: 'find', ids: unknown }).then(({ bindings }) => {
        for (const [id, binding] of bindings) {
          cache.set(id, binding)
          found.set(id, binding)
        }
        return found
      })
    },
    bind(apiKeyId, route, ids, isDurable) {
      const unknown = ids.filter((id) => cache.peek(id)?.apiKeyId !== apiKeyId)
      if (unknown.length === 0) return null
      return ask({ do: 'bind', apiKeyId, route, ids: unknown, isDurable }).then(
        ({ bindings }) => {
          for (const [id, binding] of bindings) cache.set(id, binding)
        },
        // The owner hangs: the response has waited long enough.
        () => undefined,
      )
    },
    async ownedBy(apiKeyId, ids) {
      return new Set((await ask({ do: 'owned', apiKeyId, ids })).owned)
    },
    forget(apiKeyId, objectId) {
      cache.delete(objectId)
      ask({ do: 'forget', apiKeyId, objectId }).catch(() => undefined)
    },
    onReply({ id, reply }) {
      if (reply === 'failed') pending.reject(id, new Error('the owner could not look up objects'))
      else pending.resolve(id, reply)
    },
  }
}
