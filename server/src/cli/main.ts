// The `latchkey` command: `npx -y pnpm@12 latchkey ledger verify`. Results on stdout, messages on stderr.
// Exits 0 on success, 1 on failure, 2 for invalid arguments, 3 where a server did not respond as expected.
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { ConfigError, readConfig } from '../app/settings/config.ts'
import { CHAT_COMPLETIONS_PATH } from '../domain/endpoints/endpoints.ts'
import { rebuild, requeue, verify } from '../services/logs/ledger-upkeep.ts'
import { addAdminCommands } from './admin-commands.ts'
import { addAlertCommands } from './alert-commands.ts'
import type { AuditVerifyOptions } from './audit-verify.ts'
import { addBackupCommands } from './backup-commands.ts'
import { addCostsCommands } from './costs-commands.ts'
import type { ExplainOptions } from './explain/explain.ts'
import { addExportCommand } from './export-command.ts'
import { addKeyCommands } from './key-commands.ts'
import { addLabelCommands } from './label-commands.ts'
import { addOwnerCommands } from './owner-commands.ts'
import { localUrl, MissingTokenError, urlOption, wholeNumber } from './server-command.ts'
import { addTokenCommands } from './token-commands.ts'

// As the server's: files that a command makes are for this user alone.
if (process.platform !== 'win32') process.umask(0o077)

// Commands that ask a running server find the one that this environment starts.
if (process.env.LATCHKEY_PORT !== undefined) process.env.LATCHKEY_URL ??= localUrl(process.env.LATCHKEY_PORT)

const SERVER_HELP = `
A server is sent the admin token in LATCHKEY_ADMIN_TOKEN, or in the file that LATCHKEY_ADMIN_TOKEN_FILE names.

Exits 0 if the chain is whole, 1 if it is not, 2 for invalid arguments, 3 where a server did not verify it.`

const program = new Command('latchkey')
  .description('Administers a Latchkey. Settings come from the same environment variables as the server’s.')
  .showHelpAfterError('Add --help to see what there is.')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))

const ledger = program.command('ledger').description('The account of calls')

ledger
  .command('verify')
  .description('Compare all request logs with the usage rollups and with the counters of the keys')
  .option('--json', 'print the result as JSON')
  .action(async ({ json = false }: { json?: boolean }) => {
    const { fromMs, rows, disagreements } = await verify(readConfig(process.env))
    if (json) console.log(JSON.stringify({ from: new Date(fromMs).toISOString(), rows, disagreements }))
    else {
      for (const { what, rows: byRows, totals } of disagreements)
        console.log(`${what}: ${byRows} by request logs, ${totals} by rollups`)
      console.log(`${rows} request logs read; ${disagreements.length} disagreements`)
    }
    process.exitCode = disagreements.length === 0 ? 0 : 1
  })

ledger
  .command('rebuild')
  .description('Rebuild the usage rollups from the request logs; the server must be stopped')
  .action(async () => {
    console.log(`${await rebuild(readConfig(process.env))} request logs aggregated`)
  })

ledger
  .command('requeue')
  .description(
    'Read what an earlier version put into the quarantine of the journal again, and ingest what can be read; the server must be stopped',
  )
  .action(async () => {
    const { dataDir, database, retention, content } = readConfig(process.env)
    const { redaction } = content
    const { lines, files, kept } = await requeue({ dataDir, database, retention, redaction })
    console.log(`${lines} lines of ${files} files read again; ${kept} files still hold what cannot be read`)
  })

const admin = program.command('admin').description('The admins')

addAdminCommands(admin, adminToken)

admin
  .command('reset-password')
  .description(
    'Give an admin a new password and end the sessions of that admin; the server may run. Without --password-file a password is made and printed',
  )
  .option('--user <name>', 'the username', 'admin')
  .option('--password-file <path>', 'a file that holds the new password; - for the standard input')
  .action(async ({ user, passwordFile }: { user: string; passwordFile?: string }) => {
    const { resetPassword } = await import('../auth/reset-password.ts')
    const { database } = readConfig(process.env)
    const password = passwordFile === undefined ? null : readPasswordFile(passwordFile)
    const { username, made, sessionsEnded } = await resetPassword(database, {
      username: user,
      password,
      nowMs: Date.now(),
    })
    const sessions = sessionsEnded === 1 ? '1 session has' : `${sessionsEnded} sessions have`
    console.error(`The admin "${username}" has a new password, and ${sessions} ended.`)
    if (made !== null) console.log(made)
  })

program
  .command('audit')
  .description('The audit events')
  .command('verify')
  .description(
    'Verify the hash chain of all audit events, in the database or by a running server; either works while the server runs',
  )
  .option('--url <url>', 'the address of a server that verifies its own; absent: the database is read')
  .option(
    '--anchor <position:hash>',
    'what the log of the server said of the head of the chain earlier; it has to be in the chain',
  )
  .option('--json', 'print the result as JSON', false)
  .addHelpText('after', SERVER_HELP)
  .action(async (options: AuditVerifyOptions) => {
    const { auditVerify } = await import('./audit-verify.ts')
    const token = options.url === undefined ? null : adminToken()
    const { exitCode, text } = await auditVerify(options, token, () => readConfig(process.env).database)
    process.exitCode = exitCode
    if (exitCode < 2) console.log(text)
    else console.error(text)
  })

program
  .command('explain')
  .description('Have a running server explain what it would do with a call, without making it')
  .requiredOption('--key <id or name>', 'the API key: its id, such as key_12, or its whole name')
  .option('--model <name>', 'the model that the call requests; absent: a call that names none')
  .option('--method <method>', 'GET, POST or DELETE', 'POST')
  .option('--endpoint <path>', 'the path that is called', CHAT_COMPLETIONS_PATH)
  .option(
    '--ip <address>',
    'the address of the client; absent: not known, which no list of allowed addresses admits',
  )
  .option('--tokens <number>', 'the most tokens that it uses, input and output', wholeNumber)
  .addOption(urlOption())
  .option('--json', 'print the result as JSON', false)
  .addHelpText(
    'after',
    `
The server is sent the admin token in LATCHKEY_ADMIN_TOKEN, or in the file that LATCHKEY_ADMIN_TOKEN_FILE names.

Exits 0 if the call would be admitted, 1 if it would be denied, 2 for invalid arguments, 3 where the server did not explain it.`,
  )
  .action(async (options: ExplainOptions) => {
    const { explain } = await import('./explain/explain.ts')
    const { exitCode, text } = await explain(options, adminToken())
    process.exitCode = exitCode
    if (exitCode < 2) console.log(text)
    else console.error(text)
  })

addBackupCommands(program, () => readConfig(process.env))
addExportCommand(program, adminToken)
addCostsCommands(program, adminToken)
addKeyCommands(program, adminToken)
addOwnerCommands(program, adminToken)
addLabelCommands(program, adminToken)
addAlertCommands(program, adminToken)
addTokenCommands(program, adminToken)

/** The text of a file without the line feed that editors end it with. Throws an Error that names the file. */
function readPasswordFile(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8').replace(/\r?\n$/, '')
  } catch (cause) {
    throw new Error(`${path} cannot be read.`, { cause })
  }
}

/** The admin token of the configuration; any fault of the configuration ends the command with 2. */
function adminToken(): string | null {
  try {
    return readConfig(process.env).adminToken
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    console.error(error.message)
    process.exit(2)
  }
}

try {
  await program.parseAsync()
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = error instanceof MissingTokenError ? 2 : 1
}
