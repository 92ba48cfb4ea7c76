// The `latchkey` command: `npx -y pnpm@12 latchkey ledger verify`. Results on stdout, messages on stderr.
// Exits 0 when all is well, 1 when something is wrong, 2 for a wrong call, 3 where a server could not be asked.
import { Command, InvalidArgumentError, Option } from 'commander'
import { ConfigError, readConfig } from '../app/settings/config.ts'
import { CHAT_COMPLETIONS_PATH } from '../domain/endpoints.ts'
import { rebuild, verify } from '../services/logs/ledger-upkeep.ts'
import type { ExplainOptions } from './explain.ts'

const program = new Command('latchkey')
  .description('Looks after a Latchkey. Settings come from the same environment variables as the server’s.')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))

const ledger = program.command('ledger').description('The account of calls')

ledger
  .command('verify')
  .description('Compare all request logs with the sums and with the keys’ counters')
  .option('--json', 'print the result as JSON')
  .action(async ({ json = false }: { json?: boolean }) => {
    const { fromMs, rows, disagreements } = await verify(readConfig(process.env))
    if (json) console.log(JSON.stringify({ from: new Date(fromMs).toISOString(), rows, disagreements }))
    else {
      for (const { what, rows: byRows, totals } of disagreements)
        console.log(`${what}: ${byRows} by rows, ${totals} by sums`)
      console.log(`${rows} request logs read; ${disagreements.length} disagreements`)
    }
    process.exitCode = disagreements.length === 0 ? 0 : 1
  })

ledger
  .command('rebuild')
  .description('Make the sums anew from the request logs; the server must be stopped')
  .action(async () => {
    console.log(`${await rebuild(readConfig(process.env))} request logs summed up`)
  })

program
  .command('explain')
  .description('Ask a running server what it would do with a call, without making it')
  .requiredOption('--key <id or name>', 'the API key: its id, as key_12, or its whole name')
  .option('--model <name>', 'the model that the call asks for; none: a call that names none')
  .option('--method <method>', 'GET, POST or DELETE', 'POST')
  .option('--endpoint <path>', 'the path that it calls', CHAT_COMPLETIONS_PATH)
  .option('--ip <address>', 'where it comes from; none: not known, which no list of addresses lets in')
  .option('--tokens <number>', 'tokens that it uses at most, both ways', wholeNumber)
  .addOption(
    new Option('--url <url>', 'where the server is').env('LATCHKEY_URL').default('http://localhost:8000'),
  )
  .option('--json', 'print the result as JSON', false)
  .addHelpText(
    'after',
    `
LATCHKEY_ADMIN_TOKEN (or LATCHKEY_ADMIN_TOKEN_FILE, the path of a file) opens the server.

Exits 0 if the call would be let in, 1 if it would be refused, 2 for a wrong question, 3 where the server could not be asked.`,
  )
  .action(async (options: ExplainOptions) => {
    const { explain } = await import('./explain.ts')
    const { exitCode, text } = await explain(options, adminToken())
    process.exitCode = exitCode
    if (exitCode < 2) console.log(text)
    else console.error(text)
  })

/** Of the whole configuration: a mistake anywhere in it is one of the call. */
function adminToken(): string | null {
  try {
    return readConfig(process.env).adminToken
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    console.error(error.message)
    process.exit(2)
  }
}

function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number.')
}

try {
  await program.parseAsync()
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
