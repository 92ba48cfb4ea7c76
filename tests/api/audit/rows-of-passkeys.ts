// What each mutation about passkeys needs, and the event that it writes.
import { softwareAuthenticator } from '../../support/api/authenticator.ts'
import { graphql } from '../../support/api/client.ts'
import type { People, Rows } from './audited-people.ts'

/** By the name of the mutation. */
export function rowsOfPasskeys(people: People): Rows {
  const { server, person, self } = people
  const ceremony = async (name: 'startPasskeyRegistration' | 'startPasskeySignIn') => {
    const { data } = await graphql(server(), `mutation { ${name} { options token } }`, {}, self())
    return data[name] as { options: string; token: string }
  }
  const registration = async () => {
    await person()
    const authenticator = softwareAuthenticator(server().url)
    const { options, token } = await ceremony('startPasskeyRegistration')
    return { authenticator, input: { token, response: authenticator.create(options), name: 'Laptop' } }
  }
  const aPasskey = async () => {
    const { authenticator, input } = await registration()
    const finish =
      'mutation ($input: FinishPasskeyRegistrationInput!) { finishPasskeyRegistration(input: $input) { passkey { id } } }'
    const { data } = await graphql(server(), finish, { input }, self())
    return { authenticator, id: data.finishPasskeyRegistration.passkey.id as string }
  }
  return {
    // Nothing is kept before the browser has responded.
    startPasskeySignIn: { input: () => ({}), action: null, as: () => ({}) },
    startPasskeyRegistration: {
      input: async () => {
        await person()
        return {}
      },
      action: null,
      as: self,
    },
    finishPasskeyRegistration: {
      input: async () => (await registration()).input,
      action: 'admin.add_passkey',
      changes: ['passkey'],
      as: self,
    },
    renamePasskey: {
      input: async () => ({ id: (await aPasskey()).id, name: 'Telephone' }),
      action: 'admin.rename_passkey',
      changes: ['passkey'],
      as: self,
    },
    deletePasskey: {
      input: async () => ({ id: (await aPasskey()).id }),
      action: 'admin.delete_passkey',
      changes: ['passkey'],
      as: self,
    },
    signInWithPasskey: {
      input: async () => {
        const { authenticator } = await aPasskey()
        const { options, token } = await ceremony('startPasskeySignIn')
        return { token, response: authenticator.get(options) }
      },
      action: 'admin.sign_in',
      changes: ['method'],
      as: () => ({}),
    },
  }
}
