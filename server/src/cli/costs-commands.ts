// `latchkey costs recalculate|list|cancel`: what calls cost, worked out anew by a running server.
import type { CostRecalculation, Latchkey } from '@latchkey/sdk'
import { type Command, InvalidArgumentError, Option } from 'commander'

type Common = { url: string; json: boolean }
type RecalculateOptions = Common & {
  dryRun: boolean
  all: boolean
  from?: string
  to?: string
  model?: string[]
  upstream?: string[]
  key?: string[]
}

const helpOf = (scope: string) => `
The server is sent the admin token in LATCHKEY_ADMIN_TOKEN, or in the file that LATCHKEY_ADMIN_TOKEN_FILE names. It needs ${scope}.

Exits 0 on success, 1 where the server refused or a recalculation came to no end, 2 for invalid arguments.`

/** Adds the commands. `adminToken` reads the token to send, null where none is set. */
export function addCostsCommands(program: Command, adminToken: () => string | null): void {
  const costs = program.command('costs').description('What calls cost, by a running server')

  common(costs.command('recalculate'), 'Work out anew what calls cost, and wait for the end', 'usage:write')
    .option('--dry-run', 'change nothing, and tell what would be', false)
    .option('--all', 'of all calls; absent: of those whose cost is not known alone', false)
    .option('--from <instant>', 'a day or an instant, such as 2026-11-01', instant)
    .option('--to <instant>', 'the same, not included', instant)
    .option('--model <names...>', 'requested models; absent: all')
    .option('--upstream <names...>', 'upstreams; absent: all')
    .option('--key <ids...>', 'API keys, such as key_12; absent: all')
    .action(async ({ url, json, dryRun, all, from, to, model, upstream, key }: RecalculateOptions) => {
      const { costs } = await client(url, adminToken())
      const started = await costs.recalculate({
        dryRun,
        missingOnly: !all,
        range: { from, to },
        models: model,
        upstreams: upstream,
        apiKeyIds: key,
      })
      if (!json) console.error(`${started.id} runs on the server; an end of this command does not end it.`)
      const ended = await costs.ended(started.id)
      console.log(json ? JSON.stringify(ended) : textOf(ended))
      if (ended.status !== 'DONE') process.exitCode = 1
    })

  common(costs.command('list'), 'List the newest recalculations', 'usage:read').action(
    async ({ url, json }: Common) => {
      const { costs } = await client(url, adminToken())
      for (const each of await costs.recalculations(50))
        console.log(json ? JSON.stringify(each) : lineOf(each))
    },
  )

  common(
    costs.command('cancel').argument('<id>', 'such as rec_12'),
    'End a recalculation that is running; what it has changed stays',
    'usage:write',
  ).action(async (id: string, { url, json }: Common) => {
    const { costs } = await client(url, adminToken())
    const cancelled = await costs.cancel(id)
    console.log(json ? JSON.stringify(cancelled) : lineOf(cancelled))
  })
}

function lineOf({
  id,
  status,
  dryRun,
  createdAt,
  progress,
  changedCalls,
  differenceUsd,
}: CostRecalculation): string {
  const kind = dryRun ? 'dry run' : 'recalculation'
  return `${id}  ${kind}  ${status.toLowerCase()}  ${createdAt}  ${Math.floor(progress * 100)} %  ${changedCalls} calls  ${signed(differenceUsd)} USD`
}

function textOf(ended: CostRecalculation): string {
  const { dryRun, examinedCalls, changedCalls, unpricedCalls, oldCostUsd, newCostUsd, failure } = ended
  const lines = [
    lineOf(ended),
    `${examinedCalls} calls examined; ${changedCalls} ${dryRun ? 'would change' : 'changed'}: ${oldCostUsd} USD before, ${newCostUsd} USD after.`,
  ]
  if (unpricedCalls > 0)
    lines.push(`${unpricedCalls} stay as they are: the prices of now do not tell what they cost.`)
  for (const { model, others, calls, oldCostUsd: before, newCostUsd: after } of ended.byModel)
    lines.push(
      `  ${others ? 'other models' : (model ?? 'no model')}: ${calls} calls, ${before} → ${after} USD`,
    )
  if (failure !== null) lines.push(failure)
  return lines.join('\n')
}

function signed(usd: string): string {
  return usd.startsWith('-') || usd === '0' ? usd : `+${usd}`
}

function common(command: Command, description: string, scope: string): Command {
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

function instant(text: string): string {
  const ms = Date.parse(text)
  if (Number.isNaN(ms)) throw new InvalidArgumentError('It must be a day or an instant, such as 2026-11-01.')
  return new Date(ms).toISOString()
}
