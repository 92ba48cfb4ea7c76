// `latchkey admin list|invite`: the admins of a running server.
import type { Admin, AdminInvitation } from '@latchkey/sdk'
import { type Command, Option } from 'commander'
import { type ServerOptions, serverClient, serverCommand, wholeNumber } from './server-command.ts'

type Role = NonNullable<AdminInvitation['role']>
const ROLES: readonly Role[] = ['OWNER', 'ADMIN', 'KEY_MANAGER', 'VIEWER']

type InviteOptions = ServerOptions & {
  role: Role
  displayName?: string
  email?: string
  owner?: string[]
  expiresInDays?: number
}

/** Adds the commands to `admin`. `adminToken` reads the token to send, null where none is set. */
export function addAdminCommands(admin: Command, adminToken: () => string | null): void {
  serverCommand(admin.command('list'), 'List the admins, newest first', 'admins:read').action(
    async ({ url, json }: ServerOptions) => {
      const { admins } = await serverClient(url, adminToken())
      for await (const each of admins.list({ first: 100 }))
        console.log(json ? JSON.stringify(each) : line(each))
    },
  )

  serverCommand(
    admin.command('invite'),
    'Make a one-time link with which a person becomes an admin, and print it; it is never shown again',
    'admins:write',
  )
    .addOption(new Option('--role <role>', 'the role of the new admin').choices(ROLES).makeOptionMandatory())
    .option('--display-name <name>', 'the name of the person')
    .option('--email <address>', 'the address of the person; nothing is sent to it')
    .option('--owner <ids...>', 'owners whose keys a KEY_MANAGER administers, such as own_12')
    .option('--expires-in-days <days>', 'how long the link works, 1 to 30; absent: 7', wholeNumber)
    .action(async ({ url, json, role, displayName, email, owner, expiresInDays }: InviteOptions) => {
      const { admins } = await serverClient(url, adminToken())
      const made = await admins.invite({ role, displayName, email, ownerIds: owner, expiresInDays })
      const link = new URL(made.url, url).href
      if (!json) console.error(`${made.invitation.id}: ${role}, until ${made.invitation.expiresAt}`)
      console.log(json ? JSON.stringify({ ...made, url: link }) : link)
    })
}

/** An admin as a line of a list: id, username, role, state, second factors, last sign-in, owners. */
function line({ id, username, role, enabled, secondFactors, lastSignInAt, owners }: Admin): string {
  return [
    id,
    username,
    role ?? 'unknown role',
    enabled ? 'enabled' : 'disabled',
    secondFactors.join('+') || 'no second factor',
    lastSignInAt === null ? 'never signed in' : `last sign-in ${lastSignInAt}`,
    ...(owners.length === 0 ? [] : [owners.map((owner) => owner.name).join(', ')]),
  ].join('  ')
}
