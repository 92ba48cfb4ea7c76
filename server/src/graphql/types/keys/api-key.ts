// The API key.
import { ACTOR_TYPES, type ActorType } from '../../../domain/admins/actor.ts'
import { API_KEY_STATUSES, type ApiKeyStatus } from '../../../domain/keys/api-key.ts'
import { storedSecretForm } from '../../../domain/keys/secret-form.ts'
import { storedPolicy } from '../../../domain/policy/input/stored-policy.ts'
import { type ApiKeyRow, apiKeyStatus } from '../../../services/keys/api-key-row.ts'
import { builder } from '../../builder.ts'
import { describedValues } from '../../described-values.ts'
import { ActorTypeEnum } from '../admins/viewer.ts'
import { LabelRef } from '../labels/label.ts'
import { KeyOwnerRef } from '../owners/owner.ts'
import { KeyPolicyRef } from '../policy/key-policy.ts'
import { SecretFormEnum } from './secret-form.ts'

const MEANINGS: Record<ApiKeyStatus, string> = {
  ACTIVE: 'Calls with it are admitted.',
  DISABLED: 'Refused until it, or the owner that it belongs to, is enabled again.',
  EXPIRED: 'Its expiresAt has passed; calls are refused. A later expiresAt makes it active again.',
  REVOKED: 'Refused for good.',
}

export const ApiKeyStatusEnum = builder.enumType('ApiKeyStatus', {
  description: 'Whether calls with a key are admitted, and why not.',
  values: describedValues(API_KEY_STATUSES, MEANINGS),
})

const KeyCreatorRef = builder
  .objectRef<{ type: ActorType; id: number | null; name: string }>('KeyCreator')
  .implement({
    description: 'Who created a key: an admin, an admin token, or the system.',
    fields: (t) => ({
      type: t.expose('type', { type: ActorTypeEnum, description: 'What it is.' }),
      number: t.exposeInt('id', { nullable: true, description: 'Its number; null: the system.' }),
      name: t.exposeString('name', { description: 'Its name at that time.' }),
    }),
  })

// No prismaNode: Prisma puts look-ups by id together only without another condition, and `nodes(ids:)` of who is restricted to
// owners would take a query for each key.
export const ApiKeyRef = builder.objectRef<ApiKeyRow>('ApiKey')

builder.node(ApiKeyRef, {
  authScopes: { can: 'keys:read' },
  id: { resolve: ({ id }) => String(id), description: '`key_` and the number.' },
  loadOne: (id, { loadApiKey }) => loadApiKey(Number(id)),
  description: 'What an application authenticates with. Its secret is shown once, when the key is created.',
  fields: (t) => ({
    number: t.exposeInt('id', { description: 'The integer id of this key in the REST API.' }),
    name: t.exposeString('name', { description: 'The name of the key.' }),
    description: t.exposeString('description', {
      nullable: true,
      description: 'A description; null when there is none.',
    }),
    externalId: t.exposeString('externalId', {
      nullable: true,
      description: 'What another system calls it, unique among keys; null: nothing.',
    }),
    start: t.exposeString('secretStart', {
      description:
        "The secret's first characters, safe to show, without `sk-` or `sk-lk-`; empty where only its hash was imported.",
    }),
    secretForm: t.field({
      type: SecretFormEnum,
      description: 'How its secret is written.',
      resolve: (key) => storedSecretForm(key.secretForm),
    }),
    status: t.field({
      type: ApiKeyStatusEnum,
      description: 'Whether calls with it are admitted now.',
      resolve: async (key, _args, { plane, loadOwner }) =>
        apiKeyStatus(key, plane.clock(), key.ownerId === null ? null : await loadOwner(key.ownerId)),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When an admin last changed it.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: true, description: 'Null: never.' }),
    revokedAt: t.expose('revokedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was revoked; null while it is not.',
    }),
    disabledAt: t.expose('disabledAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was disabled; null while it is not.',
    }),
    formerSecretExpiresAt: t.expose('formerSecretExpiresAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When the secret before the last rotation stops working, or did; null: it never was rotated.',
    }),
    secretCreatedAt: t.expose('secretCreatedAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When its current secret was made; null: not known, of a key that was rotated before this was kept.',
    }),
    createdBy: t.field({
      type: KeyCreatorRef,
      nullable: true,
      description: 'Who created it; null: not known, of a key that was created before this was kept.',
      resolve: ({ createdByType: type, createdById: id, createdByName: name }) =>
        isActorType(type) ? { type, id, name: name ?? '' } : null,
    }),
    owner: t.field({
      type: KeyOwnerRef,
      nullable: true,
      description: 'Who it belongs to; null: nobody.',
      resolve: ({ ownerId }, _args, { loadOwner }) => (ownerId === null ? null : loadOwner(ownerId)),
    }),
    labels: t.field({
      type: [LabelRef],
      complexity: { field: 1, multiplier: 1 },
      description: 'Its labels, in the order of their names.',
      resolve: async ({ id }, _args, { loadKeyLabels }) => (await loadKeyLabels(id)) ?? [],
    }),
    policy: t.field({
      type: KeyPolicyRef,
      nullable: true,
      description: 'Its policy; null: no restrictions.',
      resolve: (key) => storedPolicy(key.policy),
    }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Time of the last admitted call; null before the first.',
    }),
    usageCount: t.field({
      type: 'SafeInt',
      description: 'Calls admitted with this key.',
      resolve: (key) => Number(key.usageCount),
    }),
    hasEncryptedCopy: t.boolean({
      description: 'True when an encrypted copy of the secret is kept, so that revealApiKey works.',
      resolve: (key) => key.encryptedSecret !== null,
    }),
    version: t.exposeInt('version', {
      description: 'Increases with every change; pass it as expectedVersion.',
    }),
  }),
})

function isActorType(type: string | null): type is ActorType {
  return ACTOR_TYPES.some((one) => one === type)
}
