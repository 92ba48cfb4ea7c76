// One run of the server, from its environment to its exit code.
import { type Logger, pino } from 'pino'
import { CHAT_COMPLETIONS_PATH, WIRE_ROOT } from '../domain/endpoints.ts'
import { JournalError } from '../ledger/ledger.ts'
import { MigrationError } from '../store/migrate.ts'
import { OwnedError } from '../store/owner-lock.ts'
import { type AppOptions, createApp, type LatchkeyServer } from './create-app.ts'
import { type Config, ConfigError, readConfig } from './settings/config.ts'
import { encryptionKey } from './settings/encryption-key.ts'

// EX_CONFIG of sysexits.h: a supervisor should not restart the process.
const EXIT_CONFIG = 78

/** Starts the server and resolves once it listens; SIGTERM and SIGINT stop it and end the process. */
export async function run(env: Record<string, string | undefined>): Promise<void> {
  const log = pino({ name: 'latchkey' }, pino.destination({ dest: 2, sync: true }))
  try {
    const config = readConfig(env)
    for (const warning of config.warnings) log.warn(warning)
    const app = await build({ config, encryptionKey: encryptionKey(config), log })
    // Before it listens: a signal without a handler would kill the process, with calls in flight and no shutdown.
    stopOnSignals(app, log)
    const url = await app.listen()
    console.log(welcome(url, app, config))
  } catch (error) {
    if (!isExpected(error)) throw error
    console.error(`Latchkey cannot start.\n${error.message}`)
    // Handles opened before the error would keep the process alive.
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
    let stopping = false
    process.on(signal, () => {
      // A second signal: do not wait for calls in flight.
      if (stopping) process.exit(1)
      stopping = true
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

/** Errors whose message is enough for whoever starts the server; any other is rethrown, with its stack. */
function isExpected(error: unknown): error is Error {
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
API        ${url}${WIRE_ROOT}  (${config.upstreams.length === 0 ? 'no upstream configured: the built-in echo responds' : config.upstreams.map((upstream) => upstream.name).join(', ')})

First call, with a key from the console:

  curl ${url}${CHAT_COMPLETIONS_PATH} \\
    -H "Authorization: Bearer YOUR_KEY" \\
    -H "Content-Type: application/json" \\
    -d '{"model": "${app.defaultModel}", "messages": [{"role": "user", "content": "Hello!"}]}'
`
}
