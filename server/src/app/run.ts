// One run of the server, from its environment to its exit code.
import { type Logger, pino } from 'pino'
import { JournalError } from '../ledger/ledger.ts'
import { MigrationError } from '../store/migrate.ts'
import { OwnedError } from '../store/owner-lock.ts'
import { type AppOptions, createApp, type LatchkeyServer } from './create-app.ts'
import { type Config, ConfigError, readConfig } from './settings/config.ts'
import { encryptionKey } from './settings/encryption-key.ts'

// sysexits.h: EX_CONFIG. What a supervisor must not answer by starting again.
const EXIT_CONFIG = 78

/** Starts the server and resolves once it listens; ends the process by itself on SIGTERM and SIGINT. */
export async function run(env: Record<string, string | undefined>): Promise<void> {
  const log = pino({ name: 'latchkey' }, pino.destination({ dest: 2, sync: true }))
  try {
    const config = readConfig(env)
    const app = await build({ config, encryptionKey: encryptionKey(config), log })
    // Before anyone can know that it runs: a signal that comes first would end it without a word.
    stopOnSignals(app, log)
    const url = await app.listen()
    console.log(welcome(url, app, config))
  } catch (error) {
    if (!isForThePerson(error)) throw error
    console.error(`Latchkey cannot start.\n${error.message}`)
    // What was opened before the error would keep the process.
    process.exit(EXIT_CONFIG)
  }
}

async function build(options: AppOptions): Promise<LatchkeyServer> {
  if (options.config.workers === 1) return createApp(options)
  const { createOwner } = await import('./owner.ts')
  return createOwner(options)
}

function stopOnSignals(app: LatchkeyServer, log: Logger): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    let asked = false
    process.on(signal, () => {
      // Asked twice: someone does not want to wait.
      if (asked) process.exit(1)
      asked = true
      app.close().then(
        () => process.exit(0),
        (error) => {
          log.error({ err: error }, 'stopping failed')
          process.exit(1)
        },
      )
    })
  }
}

/** Errors whose message says all that there is to know; any other comes with its stack. */
function isForThePerson(error: unknown): error is Error {
  const known = [ConfigError, JournalError, MigrationError, OwnedError].some((kind) => error instanceof kind)
  return known || (error instanceof Error && (error as NodeJS.ErrnoException).syscall === 'listen')
}

function welcome(url: string, app: LatchkeyServer, config: Config): string {
  const where =
    app.setupToken === null
      ? `Console    ${url}`
      : `Console    ${url}/setup#token=${app.setupToken}\n           (makes the first admin; works once, for 24 hours, until the next start)`
  return `
Latchkey is listening on ${url}

${where}
GraphiQL   ${url}/graphql
API        ${url}/v1  (${config.upstreams.length === 0 ? 'no upstream configured: the built-in echo answers' : config.upstreams.map((upstream) => upstream.name).join(', ')})

First call, with a key from the console:

  curl ${url}/v1/chat/completions \\
    -H "Authorization: Bearer YOUR_KEY" \\
    -H "Content-Type: application/json" \\
    -d '{"model": "${app.defaultModel}", "messages": [{"role": "user", "content": "Hello!"}]}'
`
}
