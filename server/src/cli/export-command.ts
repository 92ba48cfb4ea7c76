// The command `latchkey export`, with its options.
import { Argument, type Command, Option } from 'commander'
import type { Exported, ExportOptions } from './export.ts'
import { urlOption } from './server-command.ts'

/** Adds it. `adminToken` reads the token of the configuration, and may end the process. */
export function addExportCommand(program: Command, adminToken: () => string | null): void {
  program
    .command('export')
    .description('Have a running server export request logs, usage or the audit trail, oldest first')
    .addArgument(new Argument('<what>', 'what is exported').choices(['logs', 'usage', 'audit']))
    .addOption(
      new Option('--format <format>', 'the format; absent: that of --out, or csv').choices([
        'csv',
        'jsonl',
        'parquet',
      ]),
    )
    .option('--out <path>', 'the file to write; absent: the standard output')
    .option('--from <instant>', 'a day or an instant, such as 2026-11-01')
    .option('--to <instant>', 'the same, not included')
    .option('--key <ids...>', 'API keys, such as key_12 (logs, usage)')
    .option('--owner <ids...>', 'owners of keys at the time of the call, such as own_12 (logs)')
    .option('--label <labels...>', 'all of these labels of keys at that time, such as env=prod (logs)')
    .option('--tag <tags...>', 'all of these tags, such as feature=search (logs)')
    .option('--outcome <outcomes...>', 'SUCCESS, ERROR, DENIED, CANCELLED, INTERRUPTED (logs)')
    .option('--model <names...>', 'requested models (logs)')
    .option('--upstream <names...>', 'upstreams (logs)')
    .option('--action <actions...>', 'actions, such as api_key.create (audit)')
    .option('--actor <name>', 'the name of who acted (audit)')
    .option('--actor-type <types...>', 'ADMIN, ADMIN_TOKEN, API_KEY, SYSTEM (audit)')
    .option('--target-type <type>', 'the kind of what was changed, such as ApiKey (audit)')
    .option('--target <id>', 'what was changed, such as key_12 (audit)')
    .option('--ip <address>', 'the address of the client of who acted (audit)')
    .option('--request-id <id>', 'the id of the request that changed something (audit)')
    .option('--period <period>', 'hour, day, week or month: how long a row is (usage)')
    .option('--time-zone <name>', 'whose days, weeks and months, such as Europe/Berlin (usage)')
    .option('--columns <columns>', 'own, or focus for those of FOCUS 1.2 (usage)')
    .option('--limit <rows>', 'rows at most')
    .option('--after <cursor>', 'the id of the last row that you have')
    .option('--bom', 'begin CSV with a byte order mark, by which Excel knows UTF-8', false)
    .addOption(urlOption())
    .addHelpText(
      'after',
      `
The server is sent the admin token in LATCHKEY_ADMIN_TOKEN, or in the file that LATCHKEY_ADMIN_TOKEN_FILE names.

Exits 0 once all of it is written, 2 for invalid arguments, 3 where the server did not export it.`,
    )
    .action(async (what: Exported, options: ExportOptions) => {
      const { runExport } = await import('./export.ts')
      const { exitCode, text } = await runExport(what, options, adminToken())
      process.exitCode = exitCode
      if (text !== '') console.error(text)
    })
}
