// `latchkey alerts list|test`: what is open, and whether a channel works.
import type { Command } from 'commander'
import { type ServerOptions, serverClient, serverCommand } from './server-command.ts'

/** Adds the commands. `adminToken` reads the token to send, null where none is set. */
export function addAlertCommands(program: Command, adminToken: () => string | null): void {
  const alerts = program.command('alerts').description('The alerts of a running server')

  serverCommand(alerts.command('list'), 'List alerts that are open, newest first', 'alerts:read')
    .option('--all', 'those that are resolved, too', false)
    .action(async ({ url, json, all }: ServerOptions & { all: boolean }) => {
      const client = await serverClient(url, adminToken())
      for await (const alert of client.alerts.list({ first: 100, ...(!all && { filter: { open: true } }) })) {
        const { rule, message, openedAt, resolvedAt } = alert
        const state = resolvedAt === null ? 'open' : `resolved ${resolvedAt}`
        console.log(
          json
            ? JSON.stringify(alert)
            : [openedAt, rule?.severity ?? '', state, message].filter(Boolean).join('  '),
        )
      }
    })

  serverCommand(
    alerts.command('test').argument('<id>', 'the id of an alert channel'),
    'Send a test message through a channel now',
    'alerts:write',
  ).action(async (id: string, { url, json }: ServerOptions) => {
    const client = await serverClient(url, adminToken())
    const { ok, message } = await client.alerts.channels.test(id)
    if (json) console.log(JSON.stringify({ ok, message }))
    else console.log(ok ? 'It was delivered.' : (message ?? 'It was not delivered.'))
    process.exitCode = ok ? 0 : 1
  })
}
