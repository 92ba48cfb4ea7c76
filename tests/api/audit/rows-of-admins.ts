// What each mutation about admins, their passwords, sessions and tokens needs, and the event that it writes.
import { graphql, PASSWORD } from '../../support/api/client.ts'
import { invite } from '../../support/api/people.ts'
import type { Made, People, Rows } from './audited-people.ts'

/** By the name of the mutation. */
export function rowsOfAdmins(people: People, made: Made): Rows {
  const { server, aName, person, self, anAdmin } = people
  const passwordLink = async () => {
    const id = await anAdmin()
    const { data } = await server().graphql(
      'mutation ($id: ID!) { resetAdminPassword(input: { id: $id }) { url } }',
      { id },
    )
    return String(data.resetAdminPassword.url).split('token=')[1] ?? ''
  }
  const aToken = () => made('createAdminToken', { name: aName(), scopes: ['keys:read'] }, 'adminToken')
  return {
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
    endAdminSessions: { input: async () => ({ id: await anAdmin() }), action: 'admin.end_sessions' },
    revokeAdminSession: {
      input: async () => {
        const id = await anAdmin()
        const { data } = await server().graphql('query ($id: ID!) { adminSessions(id: $id) { id } }', { id })
        return { id, sessionId: data.adminSessions[0].id }
      },
      action: 'admin.end_sessions',
      changes: ['sessions'],
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
  }
}
