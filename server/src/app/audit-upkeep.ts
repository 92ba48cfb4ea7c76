// The keeper of audit events and their sinks from the configuration, and what they say in the process's log.
import type { Logger } from 'pino'
import { type AuditKeeper, createAuditKeeper } from '../services/audit/audit-keeper.ts'
import { type AuditSink, runSink } from '../services/audit/sinks/audit-sink.ts'
import { syslogSink } from '../services/audit/sinks/syslog-sink.ts'
import { webhookSink } from '../services/audit/sinks/webhook-sink.ts'
import type { Store } from '../store/store.ts'
import { daysMs } from './ledger-options.ts'
import type { Config } from './settings/config.ts'

/** Starts them, in the process that owns the database. To be closed before the store. */
export function keepAuditEvents(
  { config, log }: { config: Config; log: Logger },
  store: Store,
  clock: () => number,
): AuditKeeper {
  const runs = sinksOf(config, clock).map((sink) =>
    runSink(store, sink, {
      onProblem(name, problem) {
        if (problem === null) log.info({ sink: name }, 'audit events are sent again')
        else
          log.error({ sink: name, problem }, 'audit events cannot be sent now; they are sent later, in order')
      },
    }),
  )
  const keeper = createAuditKeeper({
    store,
    clock,
    retentionMs: daysMs(config.auditDays),
    onAnchor: ({ position, hash }) =>
      log.info({ anchor: `${position}:${hash}` }, 'the head of the chain of audit events'),
    onProblem: (error) => log.error({ err: error }, 'audit events cannot be sealed now; none is lost'),
    onSealed() {
      for (const run of runs) run.wake()
    },
  })
  return {
    async close() {
      await keeper.close()
      await Promise.all(runs.map((run) => run.close()))
    },
  }
}

function sinksOf({ auditWebhook, auditSyslog }: Config, clock: () => number): AuditSink[] {
  return [
    ...(auditWebhook === null ? [] : [webhookSink(auditWebhook, clock)]),
    ...(auditSyslog === null ? [] : [syslogSink(auditSyslog)]),
  ]
}
