// `latchkey token create|list|revoke`: admin tokens of a running server.

import type { AdminToken, Latchkey } from '@latchkey/sdk'
import { type Command, InvalidArgumentError, Option } from 'commander'

type Common = { url: string; json: boolean }
type CreateOptions = Common & {
  name: string
  scope: string[]
  expiresInDays?: number
  network?: string[]
  owner?: string[]
}

const helpOf = (scope: string) => `
The server is sent the admin token in LATCHKEY_ADMIN_TOKEN, or in the file that LATCHKEY_ADMIN_TOKEN_FILE names. It needs ${scope}.

Exits 0 on success, 1 where the server refused, 2 for invalid arguments.`

/** Adds the commands. `adminToken` reads the token to send, null where none is set. */
export function addTokenCommands(program: Command, adminToken: () => string | null): void {
  const token = program.command('token').description('The admin tokens of a running server')

  common(token.command('create'), 'Create an admin token and print it; it is never shown again')
    .requiredOption('--name <name>', 'what it is for')
    .requiredOption('--scope <scopes...>', 'what it may do, such as keys:read usage:read')
    .option('--expires-in-days <days>', 'from now, 1 to 3650; absent: never', wholeNumber)
    .option('--network <networks...>', 'addresses and networks that it may be used from; absent: any')
    .option('--owner <ids...>', 'owners whose keys it sees, such as own_12; absent: all')
    .action(async ({ url, json, name, scope, expiresInDays, network, owner }: CreateOptions) => {
      const input = { name, scopes: scope, expiresInDays, networks: network, ownerIds: owner }
      const { adminTokens } = await client(url, adminToken())
      const made = await adminTokens.create(input)
      if (!json) console.error(`${made.adminToken.id}: ${made.adminToken.scopes.join(' ')}`)
      console.log(json ? JSON.stringify(made) : made.token)
    })

  common(token.command('list'), 'List the admin tokens, newest first', 'admins:read').action(
    async ({ url, json }: Common) => {
      const { adminTokens } = await client(url, adminToken())
      for await (const each of adminTokens.list({ first: 100 }))
        console.log(json ? JSON.stringify(each) : line(each, Date.now()))
    },
  )

  common(
    token.command('revoke').argument('<id>', 'such as tok_12'),
    "Refuse a token's next request, for good",
  ).action(async (id: string, { url, json }: Common) => {
    const { adminTokens } = await client(url, adminToken())
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

function common(command: Command, description: string, scope = 'admins:write'): Command {
  const url = new Option('--url <url>', 'the address of the server')
    .env('LATCHKEY_URL')
    .default('http://localhost:8000')
  return command
    .description(description)
    .addOption(url)
    .option('--json', 'print the result as JSON', false)
    .addHelpText('after', helpOf(scope))
}

/** The SDK is loaded by the commands that need it alone. Throws an Error without a token to send. */
async function client(url: string, adminToken: string | null): Promise<Latchkey> {
  if (adminToken === null)
    throw new Error(
      'No admin token: set LATCHKEY_ADMIN_TOKEN, or LATCHKEY_ADMIN_TOKEN_FILE to the path of a file with it.',
    )
  const { Latchkey: Client } = await import('@latchkey/sdk')
  return new Client({ url, adminToken, maxRetries: 1 })
}

function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number.')
}
