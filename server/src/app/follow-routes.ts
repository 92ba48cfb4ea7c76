// The upstreams and models that admins manage, read from the database for the data plane at every change.
import type { Logger } from 'pino'
import { followModels, type ModelFollower } from '../gateway/routing/follow-route-snapshot.ts'
import { type ManagedModels, openModels } from '../gateway/routing/route-snapshot.ts'
import { readRouteRows } from '../store/queries/routes.ts'
import type { Store } from '../store/store.ts'
import type { Config } from './settings/config.ts'

/** Hands each new state to `handOn`, with opened secrets; problems go to `log`. Nothing is read before the first `reload`. */
export function followRoutes(
  { config, encryptionKey, log }: { config: Config; encryptionKey: Uint8Array; log: Logger },
  store: Store,
  handOn: (managed: ManagedModels) => void | Promise<void>,
): ModelFollower {
  return followModels({
    load: async () => openModels(await readRouteRows(store), encryptionKey, config),
    handOn,
    onProblem: (problems, error) => {
      if (error !== null)
        log.error({ err: error }, 'the routes cannot be loaded; the former ones stay in use')
      for (const problem of problems)
        log.error({ problem }, 'an upstream, or a credential of one, is not used for calls')
    },
  })
}
