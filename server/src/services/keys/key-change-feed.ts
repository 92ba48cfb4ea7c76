// Tells those who follow keys in this process that a key has changed: its number, and its owners before and after. A reader reads
// the key itself when it shows it.
import { ChangeQueue } from '../change-queue.ts'

// Of one owner, whose disabling changes all of them; a reader's queue holds as many.
const KEYS_OF_OWNER_MAX = 1_000

/** `ownerIds`: of the owners that it belonged to before the change and after it; null: to nobody. */
export type KeyNote = { id: number; ownerIds: readonly (number | null)[] }

export type KeyChangeFeed = {
  publish(note: KeyNote): void
  /** Follows the keys that match, from now on. */
  open(matches: (note: KeyNote) => boolean): ChangeQueue<number, KeyNote>
  /** Calls back after each change of a key, until what it returns is called. */
  watch(listener: () => void): () => void
  /** Readers that have not ended. */
  readers(): number
}

/** Without readers; each has a queue of its own. */
export function createKeyChangeFeed(): KeyChangeFeed {
  const readers = new Map<ChangeQueue<number, KeyNote>, (note: KeyNote) => boolean>()
  const listeners = new Set<() => void>()
  return {
    publish({ id, ownerIds }) {
      const note = { id, ownerIds }
      for (const [queue, matches] of readers) {
        if (matches(note)) queue.push(id, note)
      }
      for (const listener of listeners) listener()
    },
    watch(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    open(matches) {
      const queue = new ChangeQueue<number, KeyNote>(() => readers.delete(queue))
      readers.set(queue, matches)
      return queue
    },
    readers: () => readers.size,
  }
}

type Keys = {
  findMany(query: {
    where: { ownerId: number }
    select: { id: true }
    orderBy: { id: 'desc' }
    take: number
  }): Promise<{ id: number }[]>
}

/** Publishes the keys of an owner that has changed, the newest 1,000; nothing is read where nobody follows keys. */
export async function publishKeysOfOwner(feed: KeyChangeFeed, keys: Keys, owner: number): Promise<void> {
  if (feed.readers() === 0) return
  const query = {
    where: { ownerId: owner },
    select: { id: true },
    orderBy: { id: 'desc' },
    take: KEYS_OF_OWNER_MAX,
  } as const
  for (const { id } of await keys.findMany(query)) feed.publish({ id, ownerIds: [owner] })
}
