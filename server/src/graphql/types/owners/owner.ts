// The owner of keys.

import { OWNER_KINDS, type OwnerKind, ownerId } from '../../../domain/owners/owner.ts'
import { isWithinOwners } from '../../../domain/owners/owner-restriction.ts'
import { storedPolicy } from '../../../domain/policy/input/stored-policy.ts'
import type { OwnerRow } from '../../../services/owners/owner-row.ts'
import { builder } from '../../builder.ts'
import { actorOf } from '../../context.ts'
import { describedValues } from '../../described-values.ts'
import { LabelRef } from '../labels/label.ts'
import { KeyPolicyRef } from '../policy/key-policy.ts'

const MEANINGS: Record<OwnerKind, string> = {
  TEAM: 'A team or a project.',
  PERSON: 'One person.',
  CUSTOMER: 'A customer.',
}

export const OwnerKindEnum = builder.enumType('OwnerKind', {
  description: 'What an owner of keys is.',
  values: describedValues(OWNER_KINDS, MEANINGS),
})

// No prismaNode, for the reason that ApiKey has.
export const OwnerRef = builder.objectRef<OwnerRow>('Owner')

builder.node(OwnerRef, {
  authScopes: { can: 'owners:read' },
  id: { resolve: ({ id }) => String(id), description: '`own_` and a number.' },
  loadOne: (id, context) =>
    isWithinOwners(actorOf(context), Number(id)) ? context.loadOwner(Number(id)) : null,
  description:
    'Who keys belong to: a team, a person, a customer. Its limits and budgets are of all its keys together.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name.' }),
    kind: t.field({
      type: OwnerKindEnum,
      description: 'What it is.',
      resolve: kindOf,
    }),
    externalId: t.exposeString('externalId', {
      nullable: true,
      description: 'The id that another system knows it by; null: none.',
    }),
    contact: t.exposeString('contact', {
      nullable: true,
      description: 'Whom to ask about its keys; null: nobody is named.',
    }),
    labels: t.field({
      type: [LabelRef],
      complexity: { field: 1, multiplier: 1 },
      description: 'Its labels, in the order of their names.',
      resolve: async ({ id }, _args, { loadOwnerLabels }) => (await loadOwnerLabels(id)) ?? [],
    }),
    policy: t.field({
      type: KeyPolicyRef,
      nullable: true,
      description: 'Limits, budgets and concurrency of all its keys together; null: none.',
      resolve: ({ policy }) => storedPolicy(policy),
    }),
    disabledAt: t.expose('disabledAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was disabled, and all its keys with it; null while it is not.',
    }),
    keyCount: t.int({
      description: 'How many keys it has.',
      resolve: async ({ id }, _args, { loadKeyCount }) => (await loadKeyCount(id)) ?? 0,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When an admin last changed it.' }),
    version: t.exposeInt('version', {
      description: 'Increases with every change; pass it as expectedVersion.',
    }),
  }),
})

/** What whoever may read a key may know of its owner. */
export const KeyOwnerRef = builder.objectRef<OwnerRow>('KeyOwner').implement({
  description: 'The owner of a key.',
  fields: (t) => ({
    id: t.id({ description: 'The id of the owner: `own_…`.', resolve: ({ id }) => ownerId(id) }),
    name: t.exposeString('name', { description: 'The name.' }),
    kind: t.field({ type: OwnerKindEnum, description: 'What it is.', resolve: kindOf }),
    contact: t.exposeString('contact', {
      nullable: true,
      description: 'Whom to ask about the key; null: nobody is named.',
    }),
    disabledAt: t.expose('disabledAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was disabled, and the key with it; null while it is not.',
    }),
  }),
})

function kindOf({ kind }: Pick<OwnerRow, 'kind'>): OwnerKind {
  return OWNER_KINDS.find((one) => one === kind) ?? 'TEAM'
}
