// `latchkey labels list|ensure`: what all keys with one label may use together.
import type { LabelLimit, Latchkey } from '@latchkey/sdk'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { labelText } from '../domain/labels/label.ts'
import { type Label, labels, readJson } from './command-input.ts'
import { type ServerOptions, serverClient, serverCommand } from './server-command.ts'

type Policy = Parameters<Latchkey['labelLimits']['ensure']>[0]['policy']
type EnsureOptions = ServerOptions & {
  label: Label
  name?: string
  policy: string
  disabled?: true
  enabled?: true
}

/** Adds the commands. `adminToken` reads the token to send, null where none is set. */
export function addLabelCommands(program: Command, adminToken: () => string | null): void {
  const limits = program.command('labels').description('The limits that keys with one label share')

  serverCommand(limits.command('list'), 'List the limits, newest first', 'owners:read')
    .option('--label <label>', 'those of this label alone, such as env=prod', oneLabel)
    .action(async ({ url, json, label }: ServerOptions & { label?: Label }) => {
      const client = await serverClient(url, adminToken())
      for await (const limit of client.labelLimits.list({ first: 100, label }))
        console.log(json ? JSON.stringify(limit) : line(limit))
    })

  serverCommand(
    limits.command('ensure'),
    'Create the limits with a name, or change them to what is described, and print their id',
    'owners:write',
  )
    .requiredOption('--label <label>', 'the label whose keys share them, such as env=prod', oneLabel)
    .requiredOption('--policy <path>', 'a file with what they may use together, as JSON')
    .option('--name <name>', 'what the limits are found by; absent: the label')
    .option(
      '--enabled',
      'switch them on; without it and --disabled they stay as they are, and new ones are on',
    )
    .addOption(new Option('--disabled', 'switch them off').conflicts('enabled'))
    .action(async ({ url, json, label, name, policy, enabled, disabled }: EnsureOptions) => {
      const client = await serverClient(url, adminToken())
      const ensured = await client.labelLimits.ensure({
        label,
        name: name ?? labelText(label),
        policy: readJson(policy) as Policy,
        ...((enabled || disabled) && { enabled: enabled === true }),
      })
      if (json) return console.log(JSON.stringify(ensured))
      console.error(`${line(ensured.labelLimit)}  ${ensured.created ? 'created' : 'was there'}`)
      console.log(ensured.labelLimit.id)
    })
}

/** An argument parser of commander: one label, and no second one. */
function oneLabel(text: string, before?: Label): Label {
  const [label, ...others] = labels(text, before === undefined ? [] : [before])
  if (label === undefined || others.length > 0) throw new InvalidArgumentError('Limits are of one label.')
  return label
}

/** Limits as a line of a list: id, label, name where it is another, how many keys share them. */
function line({ id, name, label, keyCount, enabled }: LabelLimit): string {
  const text = labelText(label)
  return [
    id,
    text,
    name === text ? '' : name,
    `${keyCount} ${keyCount === 1 ? 'key' : 'keys'}`,
    enabled ? '' : 'disabled',
  ]
    .filter(Boolean)
    .join('  ')
}
