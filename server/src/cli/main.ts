// The `latchkey` command: `npx -y pnpm@12 latchkey ledger verify`. Results on stdout, messages on stderr.
// Exits 0 when all is well, 1 when something is wrong, 2 for a wrong call.
import { Command } from 'commander'
import { readConfig } from '../config.ts'
import { rebuild, verify } from '../services/ledger-upkeep.ts'

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
      for (const { what, rows: byRows, sums } of disagreements)
        console.log(`${what}: ${byRows} by rows, ${sums} by sums`)
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

try {
  await program.parseAsync()
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
