// What the commands that ask a running server have in common: their options, their help, and the client.
import type { Latchkey } from '@latchkey/sdk'
import { type Command, InvalidArgumentError, Option } from 'commander'

/** The options of each of them. */
export type ServerOptions = { url: string; json: boolean }

/** `--url` of each command that asks a running server. */
export function urlOption(): Option {
  return new Option('--url <url>', 'the address of the server')
    .env('LATCHKEY_URL')
    .default(localUrl(undefined))
}

/**
 * The address of a server that was started here with this `LATCHKEY_PORT`. Where the setting is absent, is `0` (a free port)
 * or is no port, it is the default one: what is wrong with a setting is said where settings are read.
 */
export function localUrl(portSetting: string | undefined): string {
  const port = /^\d{1,5}$/.test(portSetting ?? '') ? Number(portSetting) : 0
  return `http://localhost:${port > 0 && port <= 65_535 ? port : 8000}`
}

/** Gives a command its description, `--url` and `--json`. `scope`: what the admin token needs. */
export function serverCommand(command: Command, description: string, scope: string): Command {
  return command
    .description(description)
    .addOption(urlOption())
    .option('--json', 'print the result as JSON', false)
    .addHelpText(
      'after',
      `
The server is sent the admin token in LATCHKEY_ADMIN_TOKEN, or in the file that LATCHKEY_ADMIN_TOKEN_FILE names. It needs ${scope}.

Exits 0 on success, 1 where the server refused, 2 for invalid arguments.`,
    )
}

/** There is no admin token to send: an invalid argument, like those of the command line. */
export class MissingTokenError extends Error {
  override readonly name = 'MissingTokenError'

  constructor() {
    super(
      'No admin token: set LATCHKEY_ADMIN_TOKEN, or LATCHKEY_ADMIN_TOKEN_FILE to the path of a file with it.',
    )
  }
}

/** The SDK is loaded by the commands that need it alone. Throws MissingTokenError without a token to send. */
export async function serverClient(url: string, adminToken: string | null): Promise<Latchkey> {
  if (adminToken === null) throw new MissingTokenError()
  const { Latchkey: Client } = await import('@latchkey/sdk')
  return new Client({ url, adminToken, maxRetries: 1 })
}

/** Parses an option that is a whole number. */
export function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number.')
}
