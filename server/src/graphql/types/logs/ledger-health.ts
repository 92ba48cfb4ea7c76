// The health of the ledger, and whether request logs and rollups agree.
import { badInput } from '../../../domain/admin-errors.ts'
import {
  type LedgerHealth,
  type LedgerVerification,
  readLedgerHealth,
  verifyRecent,
} from '../../../services/logs/ledger-health.ts'
import { builder } from '../../builder.ts'
import { instant } from '../date-time-range.ts'

const HOURS_MAX = 168

const DisagreementRef = builder
  .objectRef<LedgerVerification['disagreements'][number]>('LedgerDisagreement')
  .implement({
    description: 'A figure that request logs and rollups disagree on.',
    fields: (t) => ({
      what: t.exposeString('what', {
        description: 'What is counted, such as `TOTAL_HOUR 2026-11-22T19:00:00.000Z calls`.',
      }),
      rows: t.exposeFloat('rows', { description: 'By request logs.' }),
      rollups: t.exposeFloat('totals', { description: 'By the rollups that the stats are read from.' }),
      sums: t.exposeFloat('totals', {
        deprecationReason: 'Renamed to rollups. Deprecated since 2026-11-29; it works for one version more.',
        description: 'The former name of rollups.',
      }),
    }),
  })

const VerificationRef = builder.objectRef<LedgerVerification>('LedgerVerification').implement({
  description: 'Request logs compared with the rollups that the stats are read from.',
  fields: (t) => ({
    from: t.field({
      type: 'DateTime',
      description: 'The first hour that was compared: one whose request logs are all kept.',
      resolve: ({ fromMs }) => instant(fromMs),
    }),
    rows: t.expose('rows', { type: 'SafeInt', description: 'Request logs that were read.' }),
    agrees: t.boolean({
      description: 'True when every figure agrees.',
      resolve: ({ disagreements }) => disagreements.length === 0,
    }),
    disagreements: t.expose('disagreements', {
      type: [DisagreementRef],
      description: 'The figures that do not, at most 100.',
    }),
  }),
})

const HealthRef = builder.objectRef<LedgerHealth>('LedgerHealth').implement({
  description: 'The journal of the node that responds, and the in-flight calls of all nodes.',
  fields: (t) => ({
    openCalls: t.exposeInt('openCalls', { description: 'In-flight calls: admitted and not ended.' }),
    oldestOpenCallAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the oldest of them was accepted; null when there is none.',
      resolve: ({ oldestOpenCallAtMs }) => instant(oldestOpenCallAtMs),
    }),
    journalLagBytes: t.expose('journalLagBytes', {
      type: 'SafeInt',
      description: 'Bytes of the journal that are not in the database yet; near 0 but while it is away.',
    }),
    journalWritable: t.exposeBoolean('journalWritable', {
      description: 'False while the disk takes no records; they wait in memory then.',
    }),
    heldBytes: t.expose('heldBytes', {
      type: 'SafeInt',
      description: 'Bytes of records that wait in memory.',
    }),
    lostRecords: t.expose('lostRecords', {
      type: 'SafeInt',
      description:
        'Records lost since the start, the disk and that memory being full; 0 in a sound installation.',
    }),
    droppedContents: t.expose('droppedContents', {
      type: 'SafeInt',
      description:
        'Calls since the start whose captured content was not kept, the disk having refused; their records are.',
    }),
    quarantinedRecords: t.expose('quarantinedRecords', {
      type: 'SafeInt',
      description:
        'Parts of the journal found damaged since the start, and moved to the quarantine for a person to inspect.',
    }),
    ingestError: t.exposeString('ingestError', {
      nullable: true,
      description: 'Why records do not get into the database; null when they do. Nothing is lost meanwhile.',
    }),
    openTails: t.int({
      description: 'Live tails that are being read from this node.',
      resolve: (_health, _args, { tail }) => tail.readers(),
    }),
    verification: t.field({
      type: VerificationRef,
      description:
        'Reads every request log of the last hours and compares them with the rollups. Takes seconds over millions.',
      args: {
        hours: t.arg.int({
          required: true,
          defaultValue: 24,
          description: `1 to ${HOURS_MAX}: how far to look back.`,
        }),
      },
      complexity: 5_001,
      resolve: (_health, { hours }, { plane }) => {
        if (hours < 1 || hours > HOURS_MAX) {
          throw badInput('hours', `hours must be from 1 to ${HOURS_MAX}; it is ${hours}.`)
        }
        return verifyRecent(plane, hours)
      },
    }),
  }),
})

builder.queryField('ledgerHealth', (t) =>
  t.field({
    authScopes: { can: 'logs:read' },
    type: HealthRef,
    description: 'The health of the ledger.',
    complexity: 10,
    resolve: (_root, _args, { plane }) => readLedgerHealth(plane),
  }),
)
