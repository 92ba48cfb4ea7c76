// The object bindings of the process that owns the database, and their upkeep.
import { DAY_MS } from '../../domain/time.ts'
import {
  findBindings,
  findOwned,
  removeBinding,
  removeOldBindings,
  writeBindings,
} from '../../store/queries/objects/object-bindings.ts'
import type { Store } from '../../store/store.ts'
import { startBindingUpkeep } from './binding-upkeep.ts'
import { createKeptBindings, type KeptBindings } from './kept-bindings.ts'

/** `kept`: for how many days without use, and how many at most. To be closed before the store is. */
export function openBindings(
  store: Store,
  kept: { days: number; max: number },
  clock: () => number,
  log: { error(about: object, message: string): void },
): KeptBindings {
  const bindings = createKeptBindings(
    {
      find: (ids) => findBindings(store, ids),
      ownedBy: (apiKeyId, ids) => findOwned(store, apiKeyId, ids),
      write: (all) => writeBindings(store, all),
      remove: (apiKeyId, id) => removeBinding(store, apiKeyId, id),
    },
    clock,
    (lost) => log.error({ lost }, 'object bindings are lost: the database accepted none for too long'),
  )
  const upkeep = startBindingUpkeep(
    (limit) => removeOldBindings(store, clock() - kept.days * DAY_MS, kept.max, limit),
    (error) => log.error({ err: error }, 'old object bindings could not be removed'),
  )
  return {
    ...bindings,
    close() {
      upkeep.close()
      return bindings.close()
    },
  }
}
