// Importing API keys with secrets that were made elsewhere.
import { ok, problemsOf, type UserError } from '../../../domain/user-error.ts'
import { type ImportedItem, importApiKeys } from '../../../services/keys/automation/import-api-keys.ts'
import { builder } from '../../builder.ts'
import { actorOf } from '../../context.ts'
import { LabelInput } from '../labels/label.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { KeyPolicyInput } from '../policy/key-policy-input.ts'
import { sentOwner } from '../sent-ids.ts'
import { UserErrorRef } from '../user-error.ts'
import { ApiKeyRef } from './api-key.ts'

const ImportedApiKeyInput = builder.inputType('ImportedApiKeyInput', {
  description: 'A key to import: exactly one of secret and secretHash, and what createApiKey takes.',
  fields: (t) => ({
    name: t.string({ required: true, description: '1 to 100 characters.' }),
    description: t.string({ description: 'At most 1,000 characters.' }),
    externalId: t.string({ description: 'What another system calls it: 1 to 128 characters of ASCII.' }),
    secret: t.string({
      description:
        'What the application sends: 16 to 200 letters, digits, and . _ ~ - that nobody could guess, or a UUID.',
    }),
    secretHash: t.string({
      description:
        'SHA-256 of the secret, 64 hexadecimal digits. Of a UUID: of its lower-case form without a prefix.',
    }),
    start: t.string({
      description: 'With secretHash: the first characters of the secret, which lists show; at most 8.',
    }),
    ownerId: t.id({ description: 'The owner that it belongs to.' }),
    labels: t.field({ type: [LabelInput], description: 'Its labels.' }),
    expiresInDays: t.int({ description: '1 to 3650 days from now.' }),
    expiresAt: t.field({ type: 'DateTime', description: 'In the future, at most ten years away.' }),
    neverExpires: t.boolean({
      required: true,
      defaultValue: false,
      description: 'No expiry, even where the settings give keys one.',
    }),
    policy: t.field({
      type: KeyPolicyInput,
      description: 'The policy; the settings fill in the parts that are absent.',
    }),
  }),
})

const ImportApiKeysInput = builder.inputType('ImportApiKeysInput', {
  description: 'Which keys to import.',
  fields: (t) => ({
    items: t.field({ type: [ImportedApiKeyInput], required: true, description: '1 to 500 keys.' }),
    dryRun: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Say what would become of each, and change nothing.',
    }),
  }),
})

const ImportedApiKeyRef = builder.objectRef<ImportedItem>('ImportedApiKey').implement({
  description: 'What became of one key of an import.',
  fields: (t) => ({
    index: t.exposeInt('index', { description: 'Its place in items, from 0.' }),
    apiKey: t.expose('apiKey', {
      type: ApiKeyRef,
      nullable: true,
      description: 'The new key; null in a dry run, and where it was refused.',
    }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'Why it was refused; empty on success.',
      resolve: ({ errors }): UserError[] => errors,
    }),
  }),
})

const ImportApiKeysPayload = resultPayload<{ items: ImportedItem[]; imported: number }>(
  'ImportApiKeysPayload',
  {
    description: 'What became of each key. One that is refused hinders no other.',
    errors: 'Why nothing was imported at all; what is wrong with one key is said in its result.',
    fields: (t) => ({
      results: t.field({
        type: [ImportedApiKeyRef],
        description: 'One for each of items, in their order.',
        resolve: (result) => resultValue(result)?.items ?? [],
      }),
      imported: t.int({
        description: 'How many were imported, or would be.',
        resolve: (result) => resultValue(result)?.imported ?? 0,
      }),
    }),
  },
)

builder.mutationField('importApiKeys', (t) =>
  t.field({
    authScopes: { can: 'keys:write' },
    type: ImportApiKeysPayload,
    description:
      'Imports keys with secrets that were made elsewhere, each by itself. A secret that any key has or had is refused.',
    args: { input: t.arg({ type: ImportApiKeysInput, required: true, description: 'The input.' }) },
    resolve: (_root, { input }, context) => {
      const owners = input.items.map(({ ownerId }, at) =>
        ownerId == null ? ok(null) : sentOwner(ownerId, `items[${at}].ownerId`),
      )
      const problems = problemsOf(...owners)
      if (problems.length > 0) return { ok: false as const, errors: problems }
      return importApiKeys(context.plane, actorOf(context), {
        dryRun: input.dryRun,
        items: input.items.map((item, at) => ({
          name: item.name,
          description: item.description ?? null,
          externalId: item.externalId ?? null,
          secret: item.secret ?? null,
          secretHash: item.secretHash ?? null,
          start: item.start ?? null,
          expiresInDays: item.expiresInDays ?? null,
          expiresAtMs: item.expiresAt?.getTime() ?? null,
          neverExpires: item.neverExpires,
          policy: item.policy ?? null,
          owner: owners[at]?.ok ? owners[at].value : null,
          labels: item.labels ?? [],
        })),
      })
    },
  }),
)
