// The settings: defaults and bounds for keys.
import {
  SECOND_FACTOR_RULES,
  SESSION_IDLE_MINUTES,
  SESSION_MAX_DAYS,
  type SecondFactorRule,
} from '../../../domain/admins/sign-in-rules.ts'
import { BACKUPS_KEPT } from '../../../domain/backups/backup.ts'
import { readSettings, type Settings } from '../../../services/settings/settings-row.ts'
import { updateSettings } from '../../../services/settings/update-settings.ts'
import { builder } from '../../builder.ts'
import { actorOf, freshActorOf, type GraphqlContext } from '../../context.ts'
import { describedValues } from '../../described-values.ts'
import { NewSecretFormEnum } from '../keys/secret-form.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { KeyPolicyRef } from '../policy/key-policy.ts'
import { KeyPolicyInput } from '../policy/key-policy-input.ts'

const DEFAULT_POLICY = 'Each part of it applies to new keys whose input lacks that part'
const CEILING =
  'The upper bound of key policies. A policy may not exceed its limits, budgets and concurrency, and gets those of its rules that it lacks. Existing keys keep their policies until these are changed'
const DEFAULT_DAYS = 'Days until a new key expires where its input has no expiry'
const SECRET_FORM = 'How the secrets of new keys are written where their input does not say'
const MAX_DAYS = 'The most days until a key expires, counted from when its expiry is set'

const IDLE = 'Minutes without use after which a session of an admin ends'
const MAX_SESSION = 'Days after which a session of an admin ends, however much it is used'
const REQUIRED =
  'Who has to have a second factor beside a password. Who has none may do nothing but set one up, also in sessions that there are'

const BACKUP_AT = 'The hour of the day, in UTC, at which a backup is made by itself'
const KEPT = 'How many backups that were made by themselves are kept'
const PASSWORDS =
  'Whether passwords sign in. Switched off, that of the only enabled owner who has one still does, and one that was set on the command line'

const RULES: Record<SecondFactorRule, string> = {
  NONE: 'Nobody.',
  ADMINS: 'Owners and admins.',
  ALL: 'Everybody.',
}

const SecondFactorRuleEnum = builder.enumType('SecondFactorRule', {
  description: 'Who has to have a second factor.',
  values: describedValues(SECOND_FACTOR_RULES, RULES),
})

const SettingsRef = builder.objectRef<Settings>('Settings').implement({
  description: 'Defaults and bounds for the keys that admins create and change.',
  fields: (t) => ({
    defaultPolicy: t.expose('defaultPolicy', {
      type: KeyPolicyRef,
      nullable: true,
      description: `${DEFAULT_POLICY}; null: nothing is.`,
    }),
    policyCeiling: t.expose('policyCeiling', {
      type: KeyPolicyRef,
      nullable: true,
      description: `${CEILING}; null: there is none.`,
    }),
    defaultExpiryDays: t.exposeInt('defaultExpiryDays', {
      nullable: true,
      description: `${DEFAULT_DAYS}; null: maxExpiryDays, or never.`,
    }),
    maxExpiryDays: t.exposeInt('maxExpiryDays', {
      nullable: true,
      description: `${MAX_DAYS}; null: no limit.`,
    }),
    sessionIdleMinutes: t.int({
      description: `${IDLE}.`,
      resolve: ({ sessionIdleMinutes }) => sessionIdleMinutes ?? SESSION_IDLE_MINUTES.default,
    }),
    sessionMaxDays: t.int({
      description: `${MAX_SESSION}.`,
      resolve: ({ sessionMaxDays }) => sessionMaxDays ?? SESSION_MAX_DAYS.default,
    }),
    requireSecondFactor: t.expose('requireSecondFactor', {
      type: SecondFactorRuleEnum,
      description: `${REQUIRED}.`,
    }),
    passwordSignIn: t.exposeBoolean('passwordSignIn', { description: `${PASSWORDS}.` }),
    secretForm: t.expose('secretForm', { type: NewSecretFormEnum, description: `${SECRET_FORM}.` }),
    backupHour: t.exposeInt('backupHour', { nullable: true, description: `${BACKUP_AT}; null: none is.` }),
    backupsKept: t.int({
      description: `${KEPT}.`,
      resolve: ({ backupsKept }) => backupsKept ?? BACKUPS_KEPT.default,
    }),
    version: t.exposeInt('version', {
      description:
        'Increases with every change; pass it as expectedVersion. 0: the settings were never changed.',
    }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When they were last changed.',
    }),
  }),
})

builder.queryField('settings', (t) =>
  t.field({
    authScopes: { can: 'settings:read' },
    type: SettingsRef,
    description: 'Defaults and bounds for the keys that admins create and change.',
    complexity: 5,
    resolve: (_root, _args, { plane }) => readSettings(plane.store.prisma),
  }),
)

const UpdateSettingsPayload = resultPayload<Settings>('UpdateSettingsPayload', {
  description: 'The changed settings.',
  fields: (t) => ({
    settings: t.field({
      type: SettingsRef,
      nullable: true,
      description: 'The settings as they are now.',
      resolve: resultValue,
    }),
  }),
})

const UpdateSettingsInput = builder.inputType('UpdateSettingsInput', {
  description: 'A field that is absent stays as it is; null clears it.',
  fields: (t) => ({
    defaultPolicy: t.field({ type: KeyPolicyInput, description: `${DEFAULT_POLICY}.` }),
    policyCeiling: t.field({
      type: KeyPolicyInput,
      description: `${CEILING}. Holds limits, budgets and concurrency alone, all of them ENFORCE.`,
    }),
    defaultExpiryDays: t.int({ description: `${DEFAULT_DAYS}: 1 to 3650.` }),
    maxExpiryDays: t.int({ description: `${MAX_DAYS}: 1 to 3650.` }),
    sessionIdleMinutes: t.int({ description: `${IDLE}: 5 to 43200. null: 720.` }),
    sessionMaxDays: t.int({ description: `${MAX_SESSION}: 1 to 90. null: 14.` }),
    requireSecondFactor: t.field({ type: SecondFactorRuleEnum, description: `${REQUIRED}.` }),
    passwordSignIn: t.boolean({
      description: `${PASSWORDS}. false is refused unless an enabled owner has a passkey, or a linked account at the provider.`,
    }),
    secretForm: t.field({ type: NewSecretFormEnum, description: `${SECRET_FORM}; null: UUID.` }),
    backupHour: t.int({ description: `${BACKUP_AT}: 0 to 23; SQLite alone. null: none is.` }),
    backupsKept: t.int({ description: `${KEPT}: 1 to 365. null: 7.` }),
    expectedVersion: t.int({
      description: 'The version that you last read: STALE when they have changed since.',
    }),
  }),
})

builder.mutationField('updateSettings', (t) =>
  t.field({
    authScopes: { can: 'settings:write' },
    type: UpdateSettingsPayload,
    description:
      'Changes the defaults and bounds. They hold for keys that are created or changed from now on.',
    args: { input: t.arg({ type: UpdateSettingsInput, required: true, description: 'The input.' }) },
    resolve: async (_root, { input }, context) => {
      const { expectedVersion = null, requireSecondFactor, passwordSignIn, ...changes } = input
      const actor = (await changesSignIn(context, input)) ? await freshActorOf(context) : actorOf(context)
      return updateSettings(context.plane, actor, {
        ...changes,
        ...(requireSecondFactor && { requireSecondFactor }),
        ...(passwordSignIn != null && { passwordSignIn }),
        expectedVersion,
      })
    },
  }),
)

/** Whether it changes how people sign in, or how long their sessions last: a session that was left open does not prolong itself. */
async function changesSignIn(
  { plane }: GraphqlContext,
  input: typeof UpdateSettingsInput.$inferInput,
): Promise<boolean> {
  const now = await readSettings(plane.store.prisma)
  return (
    (input.requireSecondFactor != null && input.requireSecondFactor !== now.requireSecondFactor) ||
    (input.passwordSignIn != null && input.passwordSignIn !== now.passwordSignIn) ||
    (input.sessionIdleMinutes !== undefined && input.sessionIdleMinutes !== now.sessionIdleMinutes) ||
    (input.sessionMaxDays !== undefined && input.sessionMaxDays !== now.sessionMaxDays)
  )
}
