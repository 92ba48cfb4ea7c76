// The object bindings of the process that owns the database: in memory first, written to the database in batches.
//
// Owner: that process. Key: the object's id. Bound: KEPT_MAX bindings in memory and as many misses, of which the least recently
// used go first; WAITING_MAX that wait to be written. Lifetime: in memory until evicted, a miss for MISS_TTL_MS; in the database
// until it was not used for `keepMs`. Invalidation: a miss by `bind`; a binding is changed by its own key alone.
import { LRUCache } from 'lru-cache'
import { DAY_MS } from '../../domain/time.ts'
import type { StoredBinding } from '../../store/queries/objects/object-bindings.ts'
import type { BoundRoute, FoundBindings, ObjectBinding, ObjectBindings } from './object-bindings.ts'

const KEPT_MAX = 50_000
// Not `max`: lru-cache then allocates arrays of that length at once, 3 MB for the two.
const BOUND = { maxSize: KEPT_MAX, sizeCalculation: () => 1 }
const MISS_TTL_MS = 60_000
// More than a database that is away for a minute makes of a busy gateway.
const WAITING_MAX = 200_000
const WRITE_AFTER_MS = 200
const RETRY_AFTER_MS = 1_000
const WRITTEN_AT_ONCE = 1_000
// How long a response waits for its object to be in the database.
const DURABLE_MAX_MS = 2_000

export type BindingStore = {
  find(ids: readonly string[]): Promise<StoredBinding[]>
  ownedBy(apiKeyId: number, ids: readonly string[]): Promise<string[]>
  write(bindings: readonly StoredBinding[]): Promise<void>
  remove(apiKeyId: number, id: string): Promise<void>
}

export type KeptBindings = ObjectBindings & {
  /** Writes what waits. Never rejects; what the database does not accept is lost. */
  close(): Promise<void>
}

type Kept = ObjectBinding & { createdAtMs: number; usedDay: number }

/** `onLost` is called with how many bindings were dropped because the database accepted none for too long. */
export function createKeptBindings(
  store: BindingStore,
  clock: () => number,
  onLost: (count: number) => void,
): KeptBindings {
  const kept = new LRUCache<string, Kept>(BOUND)
  const misses = new LRUCache<string, true>({ ...BOUND, ttl: MISS_TTL_MS })
  const waiting = new Map<string, Kept>()
  let timer: NodeJS.Timeout | null = null
  let writing: Promise<void> | null = null

  function get(id: string): Kept | undefined {
    const found = waiting.get(id) ?? kept.get(id)
    if (found !== undefined) touch(id, found)
    return found
  }

  /** The day of the last use is written once a day. */
  function touch(id: string, binding: Kept): void {
    const day = dayOf(clock())
    if (binding.usedDay >= day) return
    binding.usedDay = day
    wait(id, binding)
  }

  function wait(id: string, binding: Kept): void {
    waiting.set(id, binding)
    const [oldest] = waiting.keys()
    if (waiting.size > WAITING_MAX && oldest !== undefined) {
      waiting.delete(oldest)
      onLost(1)
    }
    timer ??= setTimeout(() => void write(), WRITE_AFTER_MS).unref()
  }

  /** Writes what waits now; resolves once that is written, or the database has refused it. */
  async function write(): Promise<void> {
    if (timer !== null) clearTimeout(timer)
    timer = null
    while (writing !== null) await writing
    if (waiting.size === 0) return
    writing = writeAll()
    await writing.finally(() => {
      writing = null
    })
  }

  async function writeAll(): Promise<void> {
    const all = [...waiting]
    for (let at = 0; at < all.length; at += WRITTEN_AT_ONCE) {
      const batch = all.slice(at, at + WRITTEN_AT_ONCE)
      try {
        await store.write(batch.map(([id, binding]) => stored(id, binding)))
      } catch {
        timer ??= setTimeout(() => void write(), RETRY_AFTER_MS).unref()
        return
      }
      for (const [id, binding] of batch) if (waiting.get(id) === binding) waiting.delete(id)
    }
  }

  async function load(ids: readonly string[], found: Map<string, ObjectBinding>): Promise<FoundBindings> {
    const rows = await store.find(ids)
    for (const { objectId, apiKeyId, route, createdAtMs, lastUsedAtMs } of rows) {
      const binding: Kept = { apiKeyId, route, createdAtMs, usedDay: dayOf(lastUsedAtMs) }
      // One that was bound meanwhile is newer.
      const current = waiting.get(objectId) ?? kept.get(objectId)
      if (current === undefined) kept.set(objectId, binding)
      found.set(objectId, current ?? binding)
      touch(objectId, current ?? binding)
    }
    for (const id of ids) if (!found.has(id) && !waiting.has(id) && !kept.has(id)) misses.set(id, true)
    return found
  }

  return {
    find(ids) {
      const found = new Map<string, ObjectBinding>()
      let unknown: string[] | null = null
      for (const id of ids) {
        const binding = get(id)
        if (binding !== undefined) found.set(id, binding)
        else if (!misses.has(id)) {
          unknown ??= []
          unknown.push(id)
        }
      }
      return unknown === null ? found : load(unknown, found)
    },
    bind(apiKeyId, route, ids, isDurable) {
      const nowMs = clock()
      let isNew = false
      for (const id of ids) {
        const known = waiting.get(id) ?? kept.get(id)
        if (known !== undefined && (known.apiKeyId !== apiKeyId || sameRoute(known.route, route))) continue
        const binding = { apiKeyId, route, createdAtMs: nowMs, usedDay: dayOf(nowMs) }
        misses.delete(id)
        kept.set(id, binding)
        wait(id, binding)
        isNew = true
      }
      return isDurable && isNew ? within(write(), DURABLE_MAX_MS) : null
    },
    async ownedBy(apiKeyId, ids) {
      const owned = new Set<string>()
      const unknown: string[] = []
      for (const id of ids) {
        const binding = waiting.get(id) ?? kept.peek(id)
        if (binding === undefined) unknown.push(id)
        else if (binding.apiKeyId === apiKeyId) owned.add(id)
      }
      if (unknown.length > 0) for (const id of await store.ownedBy(apiKeyId, unknown)) owned.add(id)
      return owned
    },
    forget(apiKeyId, id) {
      const known = waiting.get(id) ?? kept.peek(id)
      if (known !== undefined && known.apiKeyId !== apiKeyId) return
      waiting.delete(id)
      kept.delete(id)
      // A row that is written or removed too late is one of an object that is gone.
      store.remove(apiKeyId, id).catch(() => undefined)
    },
    async close() {
      if (timer !== null) clearTimeout(timer)
      await write()
      if (timer !== null) clearTimeout(timer)
      if (waiting.size > 0) onLost(waiting.size)
    },
  }
}

function stored(objectId: string, { apiKeyId, route, createdAtMs, usedDay }: Kept): StoredBinding {
  return { objectId, apiKeyId, route, createdAtMs, lastUsedAtMs: usedDay * DAY_MS }
}

function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS)
}

function sameRoute(a: BoundRoute, b: BoundRoute): boolean {
  return a.upstream === b.upstream && a.upstreamId === b.upstreamId && a.credentialId === b.credentialId
}

function within(work: Promise<void>, maxMs: number): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(resolve, maxMs)
    work
      .catch(() => undefined)
      .finally(() => {
        clearTimeout(late)
        resolve()
      })
  })
}
