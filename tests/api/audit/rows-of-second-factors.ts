// What each mutation about second factors needs, and the event that it writes.
import { Secret, TOTP } from 'otpauth'
import { graphql, PASSWORD } from '../../support/api/client.ts'
import type { People, Rows } from './audited-people.ts'

/** By the name of the mutation. */
export function rowsOfSecondFactors(people: People): Rows {
  const { server, person, self, idOf } = people
  const enrolled = async (confirms: boolean) => {
    const username = await person()
    const { data } = await graphql(server(), 'mutation { enrolTotp { secret } }', {}, self())
    const code = new TOTP({ secret: Secret.fromBase32(data.enrolTotp.secret) }).generate()
    if (confirms) {
      const confirm = 'mutation ($input: ConfirmTotpInput!) { confirmTotp(input: $input) { backupCodes } }'
      const confirmed = await graphql(server(), confirm, { input: { code } }, self())
      return { username, codes: confirmed.data.confirmTotp.backupCodes as string[] }
    }
    return { username, codes: [code] }
  }
  return {
    // Not in force before it is confirmed.
    enrolTotp: {
      input: async () => {
        await person()
        return {}
      },
      action: null,
      as: self,
    },
    confirmTotp: {
      input: async () => ({ code: (await enrolled(false)).codes[0] }),
      action: 'admin.enable_totp',
      as: self,
    },
    disableTotp: {
      input: async () => {
        await enrolled(true)
        return {}
      },
      action: 'admin.disable_totp',
      as: self,
    },
    renewBackupCodes: {
      input: async () => {
        await enrolled(true)
        return {}
      },
      action: 'admin.renew_backup_codes',
      as: self,
    },
    removeAdminSecondFactors: {
      input: async () => {
        const { username } = await enrolled(true)
        return { id: await idOf(username) }
      },
      action: 'admin.remove_second_factors',
    },
    verifySecondFactor: {
      input: async () => {
        const { username, codes } = await enrolled(true)
        const first = 'mutation ($input: SignInInput!) { signIn(input: $input) { secondStep { token } } }'
        const input = { username, password: PASSWORD }
        const { data } = await graphql(server(), first, { input })
        return { token: data.signIn.secondStep.token, code: codes[0] }
      },
      action: 'admin.sign_in',
      as: () => ({}),
    },
  }
}
