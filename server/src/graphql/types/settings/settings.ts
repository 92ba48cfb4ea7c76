// What holds for the keys that admins write: defaults, and bounds.
import { readSettings, type Settings } from '../../../services/settings/settings-row.ts'
import { updateSettings } from '../../../services/settings/update-settings.ts'
import { builder } from '../../builder.ts'
import { actorOf } from '../../context.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { KeyPolicyRef } from '../policy/key-policy.ts'
import { KeyPolicyInput } from '../policy/key-policy-input.ts'

const DEFAULT_POLICY = 'Each part of it is given to new keys that do not bring it themselves'
const CEILING =
  'The most that a key may have: a policy that is written may not be above its limits, budgets and calls at once, and gets those of its rules that it has none for. Keys that are there stay as they are until their policy is changed'
const DEFAULT_DAYS = 'Days that a new key lasts where nobody says'
const MAX_DAYS = 'Days that a key lasts at most, counted from when its expiry is written'

const SettingsRef = builder.objectRef<Settings>('Settings').implement({
  description: 'What holds for the keys that admins write.',
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
      description: `${DEFAULT_DAYS}; null: maxExpiryDays, or for ever.`,
    }),
    maxExpiryDays: t.exposeInt('maxExpiryDays', {
      nullable: true,
      description: `${MAX_DAYS}; null: for ever.`,
    }),
    version: t.exposeInt('version', {
      description: 'Goes up with every change; pass it back as expectedVersion. 0: nobody has set anything.',
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
    type: SettingsRef,
    description: 'What holds for the keys that admins write.',
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
    expectedVersion: t.int({ description: 'The version you last saw: STALE when they have changed since.' }),
  }),
})

builder.mutationField('updateSettings', (t) =>
  t.field({
    type: UpdateSettingsPayload,
    description: 'Changes what holds for the keys that are written from now on.',
    args: { input: t.arg({ type: UpdateSettingsInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) => {
      const { expectedVersion = null, ...changes } = input
      return updateSettings(context.plane, actorOf(context), { ...changes, expectedVersion })
    },
  }),
)
