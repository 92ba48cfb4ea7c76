// `latchkey token create|list|revoke`: admin tokens of a running server.

import type { AdminToken } from '@latchkey/sdk'
import type { Command } from 'commander'
import { type ServerOptions, serverClient, serverCommand, wholeNumber } from './server-command.ts'

type CreateOptions = ServerOptions & {
  name: string
  scope: string[]
  expiresInDays?: number
  network?: string[]
  owner?: string[]
}

/** Adds the commands. `adminToken` reads the token to send, null where none is set. */
export function addTokenCommands(program: Command, adminToken: () => string | null): void {
  const token = program.command('token').description('The admin tokens of a running server')

  serverCommand(
    token.command('create'),
    'Create an admin token and print it; it is never shown again',
    'admins:write',
  )
    .requiredOption('--name <name>', 'what it is for')
    .requiredOption('--scope <scopes...>', 'what it may do, such as keys:read usage:read')
    .option('--expires-in-days <days>', 'from now, 1 to 3650; absent: never', wholeNumber)
    .option('--network <networks...>', 'addresses and networks that it may be used from; absent: any')
    .option('--owner <ids...>', 'owners whose keys it sees, such as own_12; absent: all')
    .action(async ({ url, json, name, scope, expiresInDays, network, owner }: CreateOptions) => {
      const input = { name, scopes: scope, expiresInDays, networks: network, ownerIds: owner }
      const { adminTokens } = await serverClient(url, adminToken())
      const made = await adminTokens.create(input)
      if (!json) console.error(`${made.adminToken.id}: ${made.adminToken.scopes.join(' ')}`)
      console.log(json ? JSON.stringify(made) : made.token)
    })

  serverCommand(token.command('list'), 'List the admin tokens, newest first', 'admins:read').action(
    async ({ url, json }: ServerOptions) => {
      const { adminTokens } = await serverClient(url, adminToken())
      for await (const each of adminTokens.list({ first: 100 }))
        console.log(json ? JSON.stringify(each) : line(each, Date.now()))
    },
  )

  serverCommand(
    token.command('revoke').argument('<id>', 'such as tok_12'),
    "Refuse a token's next request, for good",
    'admins:write',
  ).action(async (id: string, { url, json }: ServerOptions) => {
    const { adminTokens } = await serverClient(url, adminToken())
    const revoked = await adminTokens.revoke(id)
    console.log(json ? JSON.stringify(revoked) : line(revoked, Date.now()))
  })
}

/** A token as a line of a list: id, name, start, state, last use, scopes. */
function line(token: AdminToken, nowMs: number): string {
  const { id, name, start, lastUsedAt, lastUsedIp, scopes } = token
  const used =
    lastUsedAt === null ? 'never used' : `last used ${lastUsedAt} from ${lastUsedIp ?? 'an unknown address'}`
  return [id, name, start, stateOf(token, nowMs), used, scopes.join(' ')]
    .filter((part) => part !== '')
    .join('  ')
}

function stateOf({ revokedAt, expiresAt }: AdminToken, nowMs: number): string {
  if (revokedAt !== null) return 'revoked'
  if (expiresAt === null) return 'active'
  return Date.parse(expiresAt) <= nowMs ? 'expired' : `until ${expiresAt}`
}
