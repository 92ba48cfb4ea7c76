// One run of the server, from its environment to its exit code.
import { setTimeout as delay } from 'node:timers/promises'
import { type Logger, pino } from 'pino'
import { EXIT, StartError } from '../domain/start-error.ts'
import { type AppOptions, createApp, type LatchkeyServer } from './create-app.ts'
import { type Config, readConfig } from './settings/config.ts'
import { encryptionKey } from './settings/encryption-key.ts'
import { checkArtefacts, consoleWarning } from './start/check-artefacts.ts'
import { collectGarbage } from './start/collect-garbage.ts'
import { welcome } from './start/welcome.ts'

/** Starts the server and resolves once it listens; SIGTERM and SIGINT stop it and end the process. */
export async function run(env: Record<string, string | undefined>): Promise<void> {
  // Whatever this process and its threads create is for its user alone.
  if (process.platform !== 'win32') process.umask(0o077)
  const log = pino({ name: 'latchkey' }, pino.destination({ dest: 2, sync: true }))
  let config: Config | null = null
  try {
    checkArtefacts()
    config = readConfig(env)
    for (const warning of config.warnings) log.warn(warning)
    const unbuilt = consoleWarning()
    if (unbuilt !== null) log.warn(unbuilt)
    for (const { name, proxyUrl } of config.upstreams) {
      if (proxyUrl !== undefined)
        log.info(
          { upstream: name, proxy: new URL(proxyUrl).host },
          'this upstream is reached through a proxy',
        )
    }
    const stopping = createStopping(log, config.stop.delayMs)
    const app = await build({
      config,
      encryptionKey: encryptionKey(config),
      log,
      onTaken: () => stopping.stop(EXIT.tryAgain),
    })
    // Before it listens: a signal without a handler would kill the process, with calls in flight and no shutdown.
    stopping.handle(app)
    collectGarbage()
    const url = await app.listen()
    console.log(welcome(url, app, config))
  } catch (error) {
    const { message, exitCode } = startErrorOf(error, config)
    console.error(`Latchkey cannot start.\n${message}`)
    // Handles opened before the error would keep the process alive.
    process.exit(exitCode)
  }
}

async function build(options: AppOptions): Promise<LatchkeyServer> {
  if (options.config.workers === 1) return createApp(options)
  const { createOwner } = await import('./owner.ts')
  return createOwner(options)
}

/** Stops a server once, at a signal or because it must end, and ends the process. */
function createStopping(
  log: Logger,
  delayMs: number,
): { handle(app: LatchkeyServer): void; stop(exitCode: number): void } {
  let app: LatchkeyServer | null = null
  let stopping = false

  function stop(exitCode: number): void {
    stopping = true
    if (app === null) process.exit(exitCode)
    app.announceStop()
    // One that another server has replaced must not serve any longer than it has to.
    delay(exitCode === 0 ? delayMs : 0)
      .then(() => app?.close())
      .then(
        (stopped) => process.exit(stopped?.lost === true ? EXIT.lost : exitCode),
        (error) => {
          log.error({ err: error }, 'stopping failed')
          process.exit(1)
        },
      )
  }

  return {
    stop,
    handle(started) {
      app = started
      for (const signal of ['SIGTERM', 'SIGINT'] as const) {
        process.on(signal, () => {
          // A second signal: do not wait for calls in flight.
          if (stopping) process.exit(1)
          stop(0)
        })
      }
    },
  }
}

/** What to print of an error, and how to exit. */
function startErrorOf(error: unknown, config: Config | null): { message: string; exitCode: number } {
  if (error instanceof StartError) return error
  const { syscall, code } = error as NodeJS.ErrnoException
  if (config !== null && (syscall === 'listen' || syscall === 'getaddrinfo'))
    return listenFault(code ?? '', config)
  // An unexpected error: where it comes from, and nothing of its other members, which may quote a row.
  return { message: error instanceof Error ? String(error.stack) : 'unknown error', exitCode: 1 }
}

function listenFault(code: string, { host, port }: Config): StartError {
  switch (code) {
    case 'EADDRINUSE':
      return new StartError(
        `LATCHKEY_PORT: port ${port} of ${host} is in use (EADDRINUSE). Stop the program that listens there, or set another LATCHKEY_PORT.`,
      )
    case 'EACCES':
      return new StartError(
        `LATCHKEY_PORT: this user may not listen on port ${port} (EACCES). Set a LATCHKEY_PORT of 1024 or more.`,
      )
    default:
      return new StartError(
        `LATCHKEY_HOST: ${host} is no address that this machine can listen on (${code}). Set LATCHKEY_HOST to one of its own.`,
      )
  }
}
