// What each mutation about saved views needs, and the event that it writes.
import { graphql } from '../../support/api/client.ts'
import type { People, Rows } from './audited-people.ts'

/** By the name of the mutation. */
export function rowsOfViews({ server, person, aName, self }: People): Rows {
  const aViewInput = async () => {
    await person()
    return { screen: 'LOGS', name: aName(), query: 'outcome=error' }
  }
  const aView = async () => {
    const create =
      'mutation ($input: CreateSavedViewInput!) { createSavedView(input: $input) { savedView { id } } }'
    const { data } = await graphql(server(), create, { input: await aViewInput() }, self())
    return data.createSavedView.savedView.id as string
  }
  return {
    createSavedView: {
      input: aViewInput,
      action: 'saved_view.create',
      changes: ['screen', 'name', 'query', 'shared'],
      as: self,
    },
    updateSavedView: {
      input: async () => ({ id: await aView(), shared: true }),
      action: 'saved_view.update',
      changes: ['shared'],
      as: self,
    },
    deleteSavedView: {
      input: async () => ({ id: await aView() }),
      action: 'saved_view.delete',
      changes: ['name'],
      as: self,
    },
  }
}
