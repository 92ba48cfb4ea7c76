// What each mutation about people, their tokens and owners needs, and the event that it writes.
import { Secret, TOTP } from 'otpauth'
import { softwareAuthenticator } from '../../support/api/authenticator.ts'
import { type As, graphql, PASSWORD } from '../../support/api/client.ts'
import { invite, signedInAs } from '../../support/api/people.ts'
import type { TestLatchkey } from '../../support/server/latchkey.ts'
import { setProvider, signInAt, start } from '../../support/sso/sso-client.ts'
import type { TestProvider } from '../../support/sso/test-provider.ts'

export type Row = {
  /** Makes what the mutation needs, and resolves with its input. */
  input(): Promise<Record<string, unknown>> | Record<string, unknown>
  /** Null: it writes none, since nothing is changed by it. */
  action: string | null
  /** What is written beside it. */
  also?: string[]
  /** SYSTEM: whoever has a link is nobody yet. */
  by?: 'SYSTEM'
  /** Paths that have to be among the changes. */
  changes?: string[]
  /** By whom; absent: the admin token. */
  as?: () => As
  /** The database on which it is refused. */
  refusedOn?: 'postgresql'
  /** Another server than the one that all share. */
  on?: () => TestLatchkey
}

type Made = (mutation: string, input: Record<string, unknown>, field: string) => Promise<string>

export function rowsOfPeople(
  server: () => TestLatchkey,
  made: Made,
  aProvider: () => Promise<TestProvider>,
): Record<string, Row> {
  let cookie = ''
  let names = 0
  const aName = () => `person${++names}`
  const person = async () => {
    const username = aName()
    cookie = (await signedInAs(server(), 'ADMIN', username)).cookie
    return username
  }
  const self = () => ({ cookie })
  const anAdmin = async () => {
    const username = await person()
    const row = await server().app.store.prisma.admin.findUniqueOrThrow({ where: { username } })
    const { data } = await server().graphql('{ admins(first: 100) { nodes { id username } } }')
    return data.admins.nodes.find((admin: { username: string }) => admin.username === row.username).id
  }
  const enrolled = async (confirms: boolean) => {
    await person()
    const { data } = await graphql(server(), 'mutation { enrolTotp { secret } }', {}, self())
    const code = new TOTP({ secret: Secret.fromBase32(data.enrolTotp.secret) }).generate()
    if (confirms) {
      const confirm = 'mutation ($input: ConfirmTotpInput!) { confirmTotp(input: $input) { backupCodes } }'
      const confirmed = await graphql(server(), confirm, { input: { code } }, self())
      return confirmed.data.confirmTotp.backupCodes as string[]
    }
    return [code]
  }
  const aToken = () => made('createAdminToken', { name: aName(), scopes: ['keys:read'] }, 'adminToken')
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
  const passwordLink = async () => {
    const id = await anAdmin()
    const { data } = await server().graphql(
      'mutation ($id: ID!) { resetAdminPassword(input: { id: $id }) { url } }',
      { id },
    )
    return String(data.resetAdminPassword.url).split('token=')[1] ?? ''
  }
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
  const anIdentity = async () => {
    const provider = await aProvider()
    await setProvider(server(), provider)
    await person()
    await signInAt(server(), provider, aName(), { purpose: 'LINK' }, self())
    const { data } = await graphql(server(), '{ linkedIdentities { id } }', {}, self())
    return data.linkedIdentities[0].id as string
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
    inviteAdmin: { input: () => ({ role: 'VIEWER' }), action: 'admin.invite', changes: ['role'] },
    revokeAdminInvitation: {
      input: async () => ({ id: (await invite(server(), { role: 'VIEWER' })).id }),
      action: 'admin.revoke_invitation',
    },
    acceptInvitation: {
      input: async () => ({
        token: (await invite(server(), { role: 'VIEWER' })).token,
        username: aName(),
        password: PASSWORD,
      }),
      action: 'admin.accept_invitation',
      also: ['admin.sign_in'],
      by: 'SYSTEM',
      as: () => ({}),
    },
    updateAdmin: {
      input: async () => ({ id: await anAdmin(), displayName: 'Ada' }),
      action: 'admin.update',
      changes: ['displayName'],
    },
    disableAdmin: { input: async () => ({ id: await anAdmin() }), action: 'admin.disable' },
    enableAdmin: {
      input: async () => {
        const id = await anAdmin()
        await server().graphql('mutation ($id: ID!) { disableAdmin(input: { id: $id }) { admin { id } } }', {
          id,
        })
        return { id }
      },
      action: 'admin.enable',
    },
    deleteAdmin: { input: async () => ({ id: await anAdmin() }), action: 'admin.delete' },
    resetAdminPassword: { input: async () => ({ id: await anAdmin() }), action: 'admin.make_password_link' },
    setPassword: {
      input: async () => ({ token: await passwordLink(), password: `${PASSWORD} anew` }),
      action: 'admin.reset_password',
      by: 'SYSTEM',
      as: () => ({}),
    },
    changePassword: {
      input: async () => {
        await person()
        return { currentPassword: PASSWORD, newPassword: `${PASSWORD} anew` }
      },
      action: 'admin.change_password',
      as: self,
    },
    // Proves who it is, and changes nothing.
    confirmIdentity: {
      input: async () => {
        await person()
        return { password: PASSWORD }
      },
      action: null,
      as: self,
    },
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
      input: async () => ({ code: (await enrolled(false))[0] }),
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
        await enrolled(true)
        const { data } = await server().graphql('{ admins(first: 100) { nodes { id username } } }')
        const id = data.admins.nodes.find(
          (admin: { username: string }) => admin.username === `person${names}`,
        ).id
        return { id }
      },
      action: 'admin.remove_second_factors',
    },
    verifySecondFactor: {
      input: async () => {
        const [code] = await enrolled(true)
        const first = 'mutation ($input: SignInInput!) { signIn(input: $input) { secondStep { token } } }'
        const input = { username: `person${names}`, password: PASSWORD }
        const { data } = await graphql(server(), first, { input })
        return { token: data.signIn.secondStep.token, code }
      },
      action: 'admin.sign_in',
      as: () => ({}),
    },
    revokeOtherSessions: {
      input: async () => {
        const username = await person()
        const signIn = 'mutation ($input: SignInInput!) { signIn(input: $input) { viewer { name } } }'
        await graphql(server(), signIn, { input: { username, password: PASSWORD } })
        return {}
      },
      action: 'admin.end_sessions',
      as: self,
    },
    revokeSession: {
      input: async () => {
        await person()
        const { data } = await graphql(server(), '{ sessions { id } }', {}, self())
        return { id: data.sessions[0].id }
      },
      action: 'admin.end_sessions',
      as: self,
    },
    createAdminToken: {
      input: () => ({ name: aName(), scopes: ['keys:read'] }),
      action: 'admin_token.create',
    },
    updateAdminToken: {
      input: async () => ({ id: await aToken(), name: aName() }),
      action: 'admin_token.update',
      changes: ['name'],
    },
    rotateAdminToken: { input: async () => ({ id: await aToken() }), action: 'admin_token.rotate' },
    revokeAdminToken: { input: async () => ({ id: await aToken() }), action: 'admin_token.revoke' },
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
    updateLabelLimit: {
      input: async () => ({ id: await aLimit(), enabled: false }),
      action: 'label_limit.update',
      changes: ['enabled'],
    },
    deleteLabelLimit: { input: async () => ({ id: await aLimit() }), action: 'label_limit.delete' },
  }
}
