// Making, noting and deleting backups.
import { AdminError } from '../../../domain/admin-errors.ts'
import type { Actor } from '../../../domain/admins/actor.ts'
import type { Backup } from '../../../domain/backups/backup.ts'
import { markBackup } from '../../../services/backups/external-backups.ts'
import { createBackup, deleteBackup } from '../../../services/backups/manage-backups.ts'
import { builder } from '../../builder.ts'
import { actorOf, freshActorOf } from '../../context.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { BackupRef } from './backup.ts'

const NOTE = 'What to say of it; to 500 characters'

const CreateBackupInput = builder.inputType('CreateBackupInput', {
  description: 'The backup to make.',
  fields: (t) => ({ note: t.string({ description: `${NOTE}.` }) }),
})

const MarkBackupInput = builder.inputType('MarkBackupInput', {
  description: 'The backup that another program has made.',
  fields: (t) => ({ note: t.string({ description: `${NOTE}, such as where it is.` }) }),
})

const DeleteBackupInput = builder.inputType('DeleteBackupInput', {
  description: 'Which backup.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The id of a backup.' }) }),
})

const CreateBackupPayload = resultPayload<Backup | null>('CreateBackupPayload', {
  description: 'The backup.',
  errors: 'Why none was made; empty on success, and while it is being made.',
  fields: (t) => ({
    backup: t.field({
      type: BackupRef,
      nullable: true,
      description:
        'The backup; null also while it is still being made after 20 seconds: backupStatus says when it is done.',
      resolve: resultValue,
    }),
  }),
})

const MarkBackupPayload = resultPayload<Backup>('MarkBackupPayload', {
  description: 'The backup.',
  fields: (t) => ({
    backup: t.field({
      type: BackupRef,
      nullable: true,
      description: 'As it was noted.',
      resolve: resultValue,
    }),
  }),
})

const DeleteBackupPayload = resultPayload<string>('DeleteBackupPayload', {
  description: 'The backup that was deleted.',
  fields: (t) => ({ deletedId: t.id({ nullable: true, description: 'Its id.', resolve: resultValue }) }),
})

builder.mutationField('createBackup', (t) =>
  t.field({
    authScopes: { can: 'settings:write' },
    type: CreateBackupPayload,
    description:
      'Copies the SQLite database into the folder of backups and checks the copy, while calls are served. The encryption key is not in it: keep that apart. PostgreSQL is backed up with pg_dump, and noted with markBackup.',
    args: { input: t.arg({ type: CreateBackupInput, required: true, description: 'The input.' }) },
    complexity: 50,
    resolve: (_root, { input }, context) =>
      createBackup(context.plane, backupActor(actorOf(context)), { note: input.note ?? null }),
  }),
)

builder.mutationField('markBackup', (t) =>
  t.field({
    authScopes: { can: 'settings:write' },
    type: MarkBackupPayload,
    description: 'Notes that another program has made a backup now, so that findings know of it.',
    args: { input: t.arg({ type: MarkBackupInput, required: true, description: 'The input.' }) },
    complexity: 20,
    resolve: (_root, { input }, context) =>
      markBackup(context.plane, backupActor(actorOf(context)), input.note ?? null),
  }),
)

builder.mutationField('deleteBackup', (t) =>
  t.field({
    authScopes: { can: 'settings:write' },
    type: DeleteBackupPayload,
    description: 'Removes a backup for good, or the note of one that another program has made.',
    args: { input: t.arg({ type: DeleteBackupInput, required: true, description: 'Which.' }) },
    complexity: 20,
    resolve: async (_root, { input }, context) =>
      deleteBackup(context.plane, backupActor(await freshActorOf(context)), input.id.slice(0, 60)),
  }),
)

/** The same actor. Throws FORBIDDEN for one who is restricted to owners: a backup is of everybody. */
function backupActor(actor: Actor): Actor {
  if (actor.owners === null) return actor
  throw new AdminError(
    'FORBIDDEN',
    'Backups are of the keys of all owners, and you are restricted to those of some.',
  )
}
