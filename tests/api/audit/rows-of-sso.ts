// What each mutation about sign-in at a provider needs, and the event that it writes.
import { graphql } from '../../support/api/client.ts'
import { setProvider, signInAt, start } from '../../support/sso/sso-client.ts'
import type { TestProvider } from '../../support/sso/test-provider.ts'
import type { People, Rows } from './audited-people.ts'

/** By the name of the mutation. */
export function rowsOfSso(people: People, aProvider: () => Promise<TestProvider>): Rows {
  const { server, aName, person, self } = people
  const anIdentity = async () => {
    const provider = await aProvider()
    await setProvider(server(), provider)
    await person()
    await signInAt(server(), provider, aName(), { purpose: 'LINK' }, self())
    const { data } = await graphql(server(), '{ linkedIdentities { id } }', {}, self())
    return data.linkedIdentities[0].id as string
  }
  return {
    // Nothing is kept before the provider has sent the browser back.
    startSso: {
      input: async () => {
        await setProvider(server(), await aProvider(), { createsAdmins: true, defaultRole: 'VIEWER' })
        return { purpose: 'SIGN_IN' }
      },
      action: null,
      as: () => ({}),
    },
    completeSso: {
      input: async () => {
        const provider = await aProvider()
        await setProvider(server(), provider, { createsAdmins: true, defaultRole: 'VIEWER' })
        const { url, token } = await start(server())
        return { token, callback: await provider.signIn(url, aName()) }
      },
      action: 'admin.create',
      changes: ['role'],
      also: ['admin.link_identity', 'admin.sign_in'],
      by: 'SYSTEM',
      as: () => ({}),
    },
    unlinkIdentity: {
      input: async () => ({ id: await anIdentity() }),
      action: 'admin.unlink_identity',
      changes: ['issuer', 'subject'],
      as: self,
    },
    unlinkAdminIdentity: {
      input: async () => ({ id: await anIdentity() }),
      action: 'admin.unlink_identity',
      changes: ['issuer', 'subject'],
    },
    updateSsoProvider: {
      input: async () => ({
        issuer: (await aProvider()).issuer,
        clientId: aName(),
        clientSecret: 'canary-of-a-secret',
      }),
      action: 'sso_provider.update',
      changes: ['clientId', 'clientSecret'],
    },
    testSsoProvider: {
      input: async () => {
        await setProvider(server(), await aProvider())
        return {}
      },
      action: 'sso_provider.test',
      changes: ['failed'],
    },
    deleteSsoProvider: {
      input: async () => {
        await setProvider(server(), await aProvider())
        return {}
      },
      action: 'sso_provider.delete',
      changes: ['issuer'],
    },
  }
}
