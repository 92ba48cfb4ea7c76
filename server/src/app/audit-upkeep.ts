// The keeper of audit events from the configuration, and what it says in the process's log.
import type { Logger } from 'pino'
import { type AuditKeeper, createAuditKeeper } from '../services/audit/audit-keeper.ts'
import type { Store } from '../store/store.ts'
import { daysMs } from './ledger-options.ts'
import type { Config } from './settings/config.ts'

/** Starts it, in the process that owns the database. To be closed before the store. */
export function keepAuditEvents(
  { config, log }: { config: Config; log: Logger },
  store: Store,
  clock: () => number,
): AuditKeeper {
  return createAuditKeeper({
    store,
    clock,
    retentionMs: daysMs(config.auditDays),
    onAnchor: ({ position, hash }) =>
      log.info({ anchor: `${position}:${hash}` }, 'the head of the chain of audit events'),
    onProblem: (error) => log.error({ err: error }, 'audit events cannot be sealed now; none is lost'),
    onSealed: () => undefined,
  })
}
