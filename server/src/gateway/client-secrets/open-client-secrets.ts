// The client secrets of the process that owns the database: in memory, and in the database for the time after a restart.
import {
  findClientSecrets,
  removeOldSecrets,
  writeClientSecret,
} from '../../store/queries/objects/client-secrets.ts'
import type { Store } from '../../store/store.ts'
import { startBindingUpkeep } from '../objects/binding-upkeep.ts'
import { type ClientSecrets, createClientSecrets, isOfUpstream, KEPT_MAX } from './client-secrets.ts'

// How long a response waits for its secret to be in the database.
const DURABLE_MAX_MS = 2_000

export type OpenedClientSecrets = ClientSecrets & {
  /** Waits for what is being written. Never rejects; to be called before the store is closed. */
  close(): Promise<void>
}

/** With those that have not expired. Rejects where the database cannot be read. */
export async function openClientSecrets(
  store: Store,
  clock: () => number,
  log: { error(about: object, message: string): void },
): Promise<OpenedClientSecrets> {
  const secrets = createClientSecrets(clock)
  for (const { hashHex, secret } of await findClientSecrets(store, clock(), KEPT_MAX))
    secrets.bind(hashHex, secret)
  const upkeep = startBindingUpkeep(
    (limit) => removeOldSecrets(store, clock(), KEPT_MAX, limit),
    (error) => log.error({ err: error }, 'expired client secrets could not be removed'),
  )
  const writing = new Set<Promise<void>>()
  return {
    find: secrets.find,
    bind(hashHex, secret) {
      secrets.bind(hashHex, secret)
      // Of the playground: after a restart it makes another one.
      if (!isOfUpstream(secret)) return null
      const written = writeClientSecret(store, hashHex, secret)
        .catch((error: unknown) =>
          log.error({ err: error }, 'a client secret could not be written: a restart will forget it'),
        )
        .finally(() => writing.delete(written))
      writing.add(written)
      return within(written, DURABLE_MAX_MS)
    },
    async close() {
      upkeep.close()
      await Promise.all(writing)
    },
  }
}

/** Resolves with the work, which never rejects, or after a time. */
function within(work: Promise<void>, maxMs: number): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(resolve, maxMs)
    work.finally(() => {
      clearTimeout(late)
      resolve()
    })
  })
}
