// What each mutation about owners and label limits needs, and the event that it writes.
import { randomUUID } from 'node:crypto'
import type { Made, People, Rows } from './audited-people.ts'

/** By the name of the mutation. */
export function rowsOfOwners(people: People, made: Made): Rows {
  const { server, aName } = people
  const anOwner = () => made('createOwner', { name: aName() }, 'owner')
  const aLimit = () =>
    made(
      'createLabelLimit',
      {
        name: aName(),
        label: { name: 'env', value: aName() },
        policy: { budgets: [{ window: 'DAY', limitUsd: '5' }] },
      },
      'labelLimit',
    )
  return {
    ensureOwner: {
      input: () => ({ externalId: randomUUID(), name: aName(), contact: 'ada@example.com' }),
      action: 'owner.create',
      changes: ['externalId', 'contact'],
    },
    createOwner: { input: () => ({ name: aName() }), action: 'owner.create' },
    updateOwner: {
      input: async () => ({ id: await anOwner(), contact: 'ada@example.com' }),
      action: 'owner.update',
      changes: ['contact'],
    },
    disableOwner: { input: async () => ({ id: await anOwner() }), action: 'owner.disable' },
    enableOwner: {
      input: async () => {
        const id = await anOwner()
        await server().graphql('mutation ($id: ID!) { disableOwner(input: { id: $id }) { owner { id } } }', {
          id,
        })
        return { id }
      },
      action: 'owner.enable',
    },
    deleteOwner: { input: async () => ({ id: await anOwner() }), action: 'owner.delete' },
    createLabelLimit: {
      input: () => ({
        name: aName(),
        label: { name: 'env', value: aName() },
        policy: { budgets: [{ window: 'DAY', limitUsd: '5' }] },
      }),
      action: 'label_limit.create',
    },
    ensureLabelLimit: {
      input: () => ({
        name: aName(),
        label: { name: 'env', value: aName() },
        policy: { budgets: [{ window: 'DAY', limitUsd: '5' }] },
      }),
      action: 'label_limit.create',
    },
    updateLabelLimit: {
      input: async () => ({ id: await aLimit(), enabled: false }),
      action: 'label_limit.update',
      changes: ['enabled'],
    },
    deleteLabelLimit: { input: async () => ({ id: await aLimit() }), action: 'label_limit.delete' },
  }
}
