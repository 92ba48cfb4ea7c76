// `latchkey costs recalculate|list|cancel`: what calls cost, calculated again by a running server.
import type { CostRecalculation } from '@latchkey/sdk'
import { type Command, InvalidArgumentError } from 'commander'
import { type ServerOptions, serverClient, serverCommand } from './server-command.ts'

type RecalculateOptions = ServerOptions & {
  dryRun: boolean
  all: boolean
  from?: string
  to?: string
  model?: string[]
  upstream?: string[]
  key?: string[]
}

/** Adds the commands. `adminToken` reads the token to send, null where none is set. */
export function addCostsCommands(program: Command, adminToken: () => string | null): void {
  const costs = program.command('costs').description('What calls cost, by a running server')

  serverCommand(
    costs.command('recalculate'),
    'Work out anew what calls cost, and wait for the end; exits 1 also where it came to no end',
    'usage:write',
  )
    .option('--dry-run', 'change nothing, and tell what would be', false)
    .option('--all', 'of all calls; absent: of those whose cost is not known alone', false)
    .option('--from <instant>', 'a day or an instant, such as 2026-11-01', instant)
    .option('--to <instant>', 'the same, not included', instant)
    .option('--model <names...>', 'requested models; absent: all')
    .option('--upstream <names...>', 'upstreams; absent: all')
    .option('--key <ids...>', 'API keys, such as key_12; absent: all')
    .action(async ({ url, json, dryRun, all, from, to, model, upstream, key }: RecalculateOptions) => {
      const { costs } = await serverClient(url, adminToken())
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

  serverCommand(costs.command('list'), 'List the newest recalculations', 'usage:read').action(
    async ({ url, json }: ServerOptions) => {
      const { costs } = await serverClient(url, adminToken())
      for (const each of await costs.recalculations(50))
        console.log(json ? JSON.stringify(each) : lineOf(each))
    },
  )

  serverCommand(
    costs.command('cancel').argument('<id>', 'such as rec_12'),
    'End a recalculation that is running; what it has changed stays',
    'usage:write',
  ).action(async (id: string, { url, json }: ServerOptions) => {
    const { costs } = await serverClient(url, adminToken())
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

function instant(text: string): string {
  const ms = Date.parse(text)
  if (Number.isNaN(ms)) throw new InvalidArgumentError('It must be a day or an instant, such as 2026-11-01.')
  return new Date(ms).toISOString()
}
