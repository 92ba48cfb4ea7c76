// Backups of the database: their list, and what is being made.
import { BACKUP_KINDS, type Backup, type BackupKind } from '../../../domain/backups/backup.ts'
import {
  BACKUP_FAILURES,
  type BackupFailure,
  type BackupFailureCode,
} from '../../../domain/backups/backup-failure.ts'
import { type BackupStatus, backupStatus, findBackups } from '../../../services/backups/manage-backups.ts'
import { builder } from '../../builder.ts'
import { describedValues } from '../../described-values.ts'
import { pageSize, readPage } from '../../paging.ts'

const KINDS: Record<BackupKind, string> = {
  SNAPSHOT: 'A copy of the database that Latchkey has made.',
  EXTERNAL: 'Another program has made it, such as pg_dump, and somebody has noted that.',
}

const BackupKindEnum = builder.enumType('BackupKind', {
  description: 'Who has made a backup.',
  values: describedValues(BACKUP_KINDS, KINDS),
})

export const BackupRef = builder.objectRef<Backup>('Backup')

builder.node(BackupRef, {
  authScopes: { can: 'settings:read' },
  id: {
    resolve: ({ id }) => id,
    description: 'Its id, such as bak_20260131T030000000Z_1f2e3d, or xbk_12 of one that was noted.',
  },
  loadOne: (id, { loadBackup }) => loadBackup(id),
  description: 'A backup of the database. The encryption key is never in one.',
  fields: (t) => ({
    kind: t.expose('kind', { type: BackupKindEnum, description: 'Who has made it.' }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was begun, or noted.',
      resolve: ({ createdMs }) => new Date(createdMs),
    }),
    createdBy: t.exposeString('createdBy', {
      description: 'The name of who made or noted it; schedule: it was made by itself.',
    }),
    isScheduled: t.exposeBoolean('isScheduled', {
      description: 'True: made by itself, and removed once Settings.backupsKept later ones are there.',
    }),
    note: t.exposeString('note', { nullable: true, description: 'What was said of it.' }),
    bytes: t.field({
      type: 'SafeInt',
      nullable: true,
      description: 'Its bytes; null of an EXTERNAL one.',
      resolve: ({ copy }) => copy?.bytes ?? null,
    }),
    sha256: t.string({
      nullable: true,
      description: 'Of the database file, in hex; null of an EXTERNAL one.',
      resolve: ({ copy }) => copy?.sha256 ?? null,
    }),
    latchkeyVersion: t.string({
      nullable: true,
      description: 'The version that made it; null of an EXTERNAL one.',
      resolve: ({ copy }) => copy?.latchkeyVersion ?? null,
    }),
    schemaVersion: t.string({
      nullable: true,
      description: 'The last migration of its database; null of an EXTERNAL one.',
      resolve: ({ copy }) => copy?.schemaVersion ?? null,
    }),
    downloadPath: t.string({
      nullable: true,
      description: 'Where it is downloaded, with the scope backups:read; null of an EXTERNAL one.',
      resolve: ({ id, copy }) => (copy === null ? null : `/export/backups/${id}.tar`),
    }),
  }),
})

builder.queryField('backups', (t) =>
  t.connection(
    {
      authScopes: { can: 'settings:read' },
      type: BackupRef,
      description:
        'The backups that are kept, and those of other programs that were noted, newest first. first/last: 0 to 100, Default 50.',
      complexity: (args) => ({ field: 10, multiplier: pageSize(args) / 10 }),
      resolve: async (_root, args, { plane }) => {
        const all = await findBackups(plane)
        return readPage<Backup, string>(args, {
          keyOf: (cursor) => (/^\d{15} [\w]{1,40}$/.test(cursor) ? cursor : null),
          cursorOf: placeOf,
          find: async ({ limit, olderThan, newerThan, oldestFirst }) => {
            const between = all.filter(
              (backup) =>
                (olderThan === undefined || placeOf(backup) < olderThan) &&
                (newerThan === undefined || placeOf(backup) > newerThan),
            )
            return oldestFirst === true ? between.slice(-limit) : between.slice(0, limit)
          },
        })
      },
    },
    { name: 'BackupConnection', description: 'A page of backups.' },
    { name: 'BackupEdge', description: 'A backup in a page.' },
  ),
)

const BackupFailureCodeEnum = builder.enumType('BackupFailureCode', {
  description: 'Why a backup was not made. More may follow.',
  values: describedValues(Object.keys(BACKUP_FAILURES) as BackupFailureCode[], BACKUP_FAILURES),
})

const BackupFailureDetailRef = builder.objectRef<BackupFailure>('BackupFailureDetail').implement({
  description: 'The numbers and names of a BackupFailureCode; null: it has none of this kind.',
  fields: (t) => ({
    freeBytes: t.expose('freeBytes', {
      type: 'SafeInt',
      nullable: true,
      description: 'How much room the disk has.',
    }),
    neededBytes: t.expose('neededBytes', {
      type: 'SafeInt',
      nullable: true,
      description: 'How much room a backup needs.',
    }),
    systemError: t.exposeString('systemError', {
      nullable: true,
      description: 'The name that the system has for it, such as ENOSPC.',
    }),
  }),
})

const BackupStatusRef = builder.objectRef<BackupStatus>('BackupStatus').implement({
  description: 'What is known of the making of backups.',
  fields: (t) => ({
    runningSince: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Since when one is being made; null: none is.',
      resolve: ({ runningSinceMs }) => instantOrNull(runningSinceMs),
    }),
    failedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the last one that failed did, since the start of the server; null: none has.',
      resolve: ({ failure }) => instantOrNull(failure?.atMs ?? null),
    }),
    failure: t.string({
      nullable: true,
      description: 'Why it failed, in English.',
      resolve: ({ failure }) => failure?.message ?? null,
    }),
    failureCode: t.field({
      type: BackupFailureCodeEnum,
      nullable: true,
      description: 'Why it failed; null: none has.',
      resolve: ({ failure }) => failure?.code ?? null,
    }),
    failureDetail: t.field({
      type: BackupFailureDetailRef,
      nullable: true,
      description: 'The numbers and names of failureCode.',
      resolve: ({ failure }) => failure,
    }),
    nextAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the next is made by itself; null: none is (Settings.backupHour).',
      resolve: ({ nextMs }) => instantOrNull(nextMs),
    }),
    folder: t.exposeString('folder', { description: 'The folder of the server that they are in.' }),
  }),
})

builder.queryField('backupStatus', (t) =>
  t.field({
    authScopes: { can: 'settings:read' },
    type: BackupStatusRef,
    description: 'Whether a backup is being made, and when the next one is.',
    complexity: 5,
    resolve: (_root, _args, { plane }) => backupStatus(plane),
  }),
)

/** Sorts as the list does. */
function placeOf({ createdMs, id }: Backup): string {
  return `${String(createdMs).padStart(15, '0')} ${id}`
}

function instantOrNull(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}
