// Admins of several roles, signed in, for tests of who may do what.
import type { TestLatchkey } from '../server/latchkey.ts'
import { cookieOf, graphql, PASSWORD } from './client.ts'

const INVITE = `mutation ($input: InviteAdminInput!) {
  inviteAdmin(input: $input) { invitation { id } url userErrors { code field message } }
}`
const ACCEPT = `mutation ($input: AcceptInvitationInput!) {
  acceptInvitation(input: $input) { viewer { name role } userErrors { code field message } }
}`

/** Invites with the admin token; returns the token of the link. */
export async function invite(
  latchkey: TestLatchkey,
  input: { role: string } & Record<string, unknown>,
): Promise<{ id: string; token: string }> {
  const { data, errors } = await latchkey.graphql(INVITE, { input })
  if (errors !== undefined || data.inviteAdmin.url === null)
    throw new Error(JSON.stringify(errors ?? data.inviteAdmin.userErrors))
  return { id: data.inviteAdmin.invitation.id, token: data.inviteAdmin.url.split('#token=')[1] }
}

/** Accepts an invitation, as a browser that knows nothing yet. */
export async function accept(latchkey: TestLatchkey, token: string, username: string, password = PASSWORD) {
  const response = await graphql(latchkey, ACCEPT, { input: { token, username, password } })
  return { ...response.data.acceptInvitation, cookie: cookieOf(response) }
}

/** An admin of this role, signed in. The password is PASSWORD. */
export async function signedInAs(
  latchkey: TestLatchkey,
  role: string,
  username: string,
): Promise<{ id: string; cookie: string }> {
  const { token } = await invite(latchkey, { role })
  const { cookie, userErrors } = await accept(latchkey, token, username)
  if (cookie === null) throw new Error(JSON.stringify(userErrors))
  const { data } = await latchkey.graphql('{ admins { nodes { id username } } }')
  const found = data.admins.nodes.find((admin: { username: string }) => admin.username === username)
  return { id: found.id, cookie }
}
