// `latchkey owners list|ensure`: who keys belong to, described by what your system calls them.
import type { Latchkey, Owner } from '@latchkey/sdk'
import { type Command, Option } from 'commander'
import { type Label, labels, readJson } from './command-input.ts'
import { type ServerOptions, serverClient, serverCommand } from './server-command.ts'

type EnsureInput = Parameters<Latchkey['owners']['ensure']>[0]
type EnsureOptions = ServerOptions &
  Pick<EnsureInput, 'externalId' | 'name'> & {
    kind?: Lowercase<Owner['kind']>
    contact?: string
    policy?: string
    label?: Label[]
  }

/** Adds the commands. `adminToken` reads the token to send, null where none is set. */
export function addOwnerCommands(program: Command, adminToken: () => string | null): void {
  const owners = program.command('owners').description('The owners of keys of a running server')

  serverCommand(owners.command('list'), 'List owners, newest first', 'owners:read')
    .option('--search <text>', 'a part of the name, the contact or the external id, or an id')
    .action(async ({ url, json, search }: ServerOptions & { search?: string }) => {
      const client = await serverClient(url, adminToken())
      for await (const owner of client.owners.list({ first: 100, filter: { search } }))
        console.log(json ? JSON.stringify(owner) : line(owner))
    })

  serverCommand(
    owners.command('ensure'),
    'Create the owner with an external id, or change it to what is described, and print its id',
    'owners:write',
  )
    .requiredOption('--external-id <id>', 'what your system calls it')
    .requiredOption('--name <name>', 'its name')
    .addOption(new Option('--kind <kind>', 'what it is').choices(['team', 'person', 'customer']))
    .option('--contact <text>', 'whom to ask about its keys')
    .option('--policy <path>', 'a file with what its keys may use together, as JSON; absent: it stays')
    .option('--label <labels...>', 'all of its labels, such as env=prod', labels)
    .action(async ({ url, json, externalId, name, kind, contact, policy, label }: EnsureOptions) => {
      const client = await serverClient(url, adminToken())
      const ensured = await client.owners.ensure({
        externalId,
        name,
        ...(kind !== undefined && { kind: kind.toUpperCase() as Owner['kind'] }),
        ...(contact !== undefined && { contact }),
        ...(policy !== undefined && { policy: readJson(policy) as object }),
        ...(label !== undefined && { labels: label }),
      })
      if (json) return console.log(JSON.stringify(ensured))
      console.error(`${line(ensured.owner)}  ${ensured.created ? 'created' : 'was there'}`)
      console.log(ensured.owner.id)
    })
}

/** An owner as a line of a list: id, name, kind, external id, contact. */
function line({ id, name, kind, externalId, contact, disabledAt }: Owner): string {
  const state = disabledAt === null ? '' : 'disabled'
  return [id, name, kind, externalId, contact, state].filter(Boolean).join('  ')
}
