// `latchkey keys list|ensure|import`: API keys of a running server.
import type { ApiKey, Latchkey } from '@latchkey/sdk'
import type { Command } from 'commander'
import { DAY_MS } from '../domain/time.ts'
import { type Label, labels, parsed, readJson, readText } from './command-input.ts'
import { type ServerOptions, serverClient, serverCommand, wholeNumber } from './server-command.ts'

type ListOptions = ServerOptions & { search?: string; status?: string[]; label?: Label[] }
type EnsureOptions = ServerOptions & {
  externalId: string
  name: string
  policy?: string
  owner?: string
  label?: Label[]
  expiresInDays?: number
}
type ImportOptions = ServerOptions & { dryRun: boolean }
type Import = Parameters<Latchkey['keys']['import']>[0]['items']

/** The server takes so many at once. */
const ITEMS_AT_ONCE = 500

/** Adds the commands. `adminToken` reads the token to send, null where none is set. */
export function addKeyCommands(program: Command, adminToken: () => string | null): void {
  const keys = program.command('keys').description('The API keys of a running server')

  serverCommand(keys.command('list'), 'List API keys, newest first', 'keys:read')
    .option('--search <text>', 'a part of the name, the description or the start of the secret, or an id')
    .option('--status <statuses...>', 'ACTIVE, DISABLED, EXPIRED, REVOKED')
    .option('--label <labels...>', 'all of these, such as env=prod', labels)
    .action(async ({ url, json, search, status, label }: ListOptions) => {
      const client = await serverClient(url, adminToken())
      const filter = { search, status: status as ApiKey['status'][] | undefined, labels: label }
      for await (const each of client.keys.list({ first: 100, filter }))
        console.log(json ? JSON.stringify(each) : line(each))
    })

  serverCommand(
    keys.command('ensure'),
    'Create the key with an external id and print its secret, or change it to what is described; the secret of a key that was there is not printed',
    'keys:write',
  )
    .requiredOption('--external-id <id>', 'what your system calls it')
    .requiredOption('--name <name>', 'its name')
    .option('--policy <path>', 'a file with its policy as JSON; absent: its policy stays')
    .option('--owner <id>', 'the owner that it belongs to, such as own_12')
    .option('--label <labels...>', 'all of its labels, such as env=prod', labels)
    .option('--expires-in-days <days>', 'from now, 1 to 3650', wholeNumber)
    .action(async ({ url, json, policy, owner, label, expiresInDays, ...input }: EnsureOptions) => {
      const client = await serverClient(url, adminToken())
      const ensured = await client.keys.ensure({
        ...input,
        ...(policy !== undefined && { policy: readJson(policy) as object }),
        ...(owner !== undefined && { ownerId: owner }),
        ...(label !== undefined && { labels: label }),
        ...(expiresInDays !== undefined && {
          expiresAt: new Date(Date.now() + expiresInDays * DAY_MS).toISOString(),
        }),
      })
      if (json) return console.log(JSON.stringify(ensured))
      console.error(`${line(ensured.apiKey)}  ${ensured.created ? 'created' : 'was there'}`)
      if (ensured.secret !== null) console.log(ensured.secret)
    })

  serverCommand(
    keys
      .command('import')
      .argument(
        '<path>',
        'a JSON list, or JSON Lines, of items of importApiKeys: name, secret or secretHash …',
      ),
    'Import keys whose secrets were made elsewhere; one that is refused hinders no other',
    'keys:write',
  )
    .option('--dry-run', 'say what would become of each, and change nothing', false)
    .action(async (path: string, { url, json, dryRun }: ImportOptions) => {
      const items = readItems(path)
      const client = await serverClient(url, adminToken())
      let imported = 0
      for (let from = 0; from < items.length; from += ITEMS_AT_ONCE) {
        const part = items.slice(from, from + ITEMS_AT_ONCE)
        const done = await client.keys.import({ items: part, dryRun })
        imported += done.imported
        for (const { index, apiKey, userErrors } of done.results) {
          const at = from + index
          if (json) console.log(JSON.stringify({ index: at, id: apiKey?.id ?? null, userErrors }))
          else if (userErrors.length > 0)
            console.error(`${at}: ${userErrors.map(({ message }) => message).join(' ')}`)
        }
      }
      const verb = dryRun ? 'would be imported' : 'imported'
      console.error(`${imported} of ${items.length} keys ${verb}.`)
      process.exitCode = imported === items.length ? 0 : 1
    })
}

/** A key as a line of a list: id, name, start of the secret, status, last use. Never a secret. */
function line({ id, name, start, status, externalId, lastUsedAt }: ApiKey): string {
  const used = lastUsedAt === null ? 'never used' : `last used ${lastUsedAt}`
  return [id, name, start, status, externalId ?? '', used].filter((part) => part !== '').join('  ')
}

/** The message names the file and never holds what is in it: that may be a secret. */
function readItems(path: string): Import {
  const text = readText(path)
  const isList = text.trimStart().startsWith('[')
  const items = isList ? parsed(text, path) : text.split('\n').filter(isNotBlank).map(lineOf(path))
  if (!Array.isArray(items) || items.length === 0) throw new Error(`${path} holds no key to import.`)
  return items as Import
}

function lineOf(path: string) {
  return (text: string, at: number) => parsed(text, `${path}, line ${at + 1},`)
}

function isNotBlank(text: string): boolean {
  return text.trim() !== ''
}
