// Runs a throw-away PostgreSQL server, which a test may stop and start and which always ends with the tests.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import {
  findPostgresBinaries,
  type PostgresBinaries,
  type RunAs,
  unprivilegedUser,
} from './postgres-binaries.ts'

/** A throw-away server of our own, which a test may take away and give back. */
export type OwnPostgres = {
  /** Stays the same over stops and starts. */
  url: string
  /** Where the programs come from, for messages. */
  origin: string
  /** Disconnects every client and stops the server, keeping its data and port. Does nothing when stopped. */
  stop(): Promise<void>
  /** Starts a stopped server again on the same port and data; resolves once it takes connections. */
  start(): Promise<void>
  /** Stops the server and removes everything it had. It cannot be started again. */
  remove(): Promise<void>
}

/**
 * Starts a throw-away server on a free port of 127.0.0.1, for tests which stop it under a running Latchkey.
 * It goes away with the process that started it, however that ends.
 *
 * @throws when there are no programs that run here, or with the server's own words when it does not start.
 */
export async function startOwnPostgres(): Promise<OwnPostgres> {
  const user = unprivilegedUser()
  const home = mkdtempSync(join(tmpdir(), 'latchkey-postgres-'))
  const cleanup = startCleanup(home)
  try {
    giveTo(user, home, 0o755)
    const binaries = findPostgresBinaries(user, home)
    const password = randomBytes(18).toString('base64url')
    initialise(binaries, user, home, password)

    let port = await freePort()
    let server: ChildProcess | undefined
    const start = async () => {
      if (server === undefined) server = await launch(binaries, user, home, port)
    }
    const stop = async () => {
      if (server === undefined) return
      const ended = once(server, 'exit')
      // SIGINT is PostgreSQL's "fast" shutdown: it disconnects clients instead of waiting for them.
      server.kill('SIGINT')
      await ended
      server = undefined
    }

    await start().catch(async (cause) => {
      // Between our looking and its binding, something else may have taken the port.
      if (!String(cause).includes('could not bind')) throw cause
      port = await freePort()
      await start()
    })
    return {
      url: `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`,
      origin: binaries.origin,
      start,
      stop,
      remove: async () => {
        await stop()
        await cleanup.finish()
      },
    }
  } catch (error) {
    await cleanup.finish()
    throw error
  }
}

/**
 * A process that ends a moment after us. Its standard input is a pipe from us, which the system closes however
 * we end, by SIGKILL too; then it ends the server and removes the folder.
 */
function startCleanup(home: string): { finish(): Promise<void> } {
  const script = `
    read -r _
    pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
    if [ -n "$pid" ]; then
      kill -QUIT "$pid" 2>/dev/null
      while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
    fi
    rm -rf "$1"`
  // In a session of its own, so that Ctrl-C in a terminal does not reach it.
  const cleanup = spawn('/bin/sh', ['-c', script, 'sh', home], {
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    detached: true,
  })
  return {
    async finish() {
      const done = once(cleanup, 'exit')
      cleanup.stdin.end()
      await done
    },
  }
}

function initialise(binaries: PostgresBinaries, user: RunAs, home: string, password: string): void {
  const passwordFile = join(home, 'password')
  writeFileSync(passwordFile, password)
  giveTo(user, passwordFile, 0o600)
  for (const folder of ['data', 'sockets']) {
    mkdirSync(join(home, folder))
    giveTo(user, join(home, folder), 0o700)
  }
  const options = [
    '--username=postgres',
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
  ]
  execFileSync(
    join(binaries.bin, 'initdb'),
    [...options, `--pwfile=${passwordFile}`, '-D', join(home, 'data')],
    {
      ...user,
      cwd: home,
      env: environment(),
      stdio: 'pipe',
    },
  )
}

async function launch(
  binaries: PostgresBinaries,
  user: RunAs,
  home: string,
  port: number,
): Promise<ChildProcess> {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: join(home, 'sockets'),
    max_connections: '200',
    // A throw-away server need not survive the machine.
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = spawn(join(binaries.bin, 'postgres'), ['-D', join(home, 'data'), ...flags], {
    ...user,
    cwd: home,
    env: environment(),
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  })
  const log: string[] = []
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.once('exit', (code) =>
      reject(new Error(`PostgreSQL (${binaries.origin}) ended with ${code} at start:\n${log.join('\n')}`)),
    )
    // Read for as long as it runs: a full pipe would stop the server.
    createInterface({ input: server.stderr }).on('line', (line) => {
      if (log.length < 50) log.push(line)
      if (line.includes('database system is ready to accept connections')) resolve()
    })
  })
  return server
}

// Messages in English, since we read one; and none of PGDATA, PGPORT … of whoever runs the tests.
function environment(): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('PG'))
  return { ...Object.fromEntries(others), LC_ALL: 'C', TZ: 'UTC' }
}

function giveTo(user: RunAs, path: string, mode: number): void {
  chmodSync(path, mode)
  if (user.uid !== undefined && user.gid !== undefined) chownSync(path, user.uid, user.gid)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('A TCP server has no port.')
  server.close()
  await once(server, 'close')
  return address.port
}
