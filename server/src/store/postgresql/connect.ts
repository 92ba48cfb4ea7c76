// Connects to PostgreSQL at a start: waits for a server that is not up yet, and says of any other fault what is wrong with
// DATABASE_URL.
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { EXIT, StartError } from '../../domain/start-error.ts'

const CONNECT_TIMEOUT_MS = 5_000
// A database that starts together with Latchkey recovers its log first.
const WAIT_MAX_MS = 60_000
const RETRY_MS = 500

export type ConnectOptions = {
  /** Shown by the server as the name of whoever is connected; at most 63 bytes. */
  applicationName?: string
  /** How long a server that cannot be reached is waited for; absent: a minute. */
  waitMs?: number
  /** Called once, when it begins to wait, with why. */
  onWaiting?(reason: string): void
}

/** A connected client. Rejects with StartError: DATABASE_URL must be changed, or the server was not there in time. */
export async function connectAtStart(url: string, options: ConnectOptions = {}): Promise<pg.Client> {
  const { applicationName, waitMs = WAIT_MAX_MS } = options
  const untilMs = performance.now() + waitMs
  for (let waiting = false; ; waiting = true) {
    try {
      const client = new pg.Client({
        connectionString: url,
        connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
        keepAlive: true,
        ...(applicationName === undefined ? {} : { application_name: applicationName }),
      })
      // Without a listener, the event would end the process.
      client.on('error', () => undefined)
      await client.connect()
      return client
    } catch (cause) {
      const error = databaseFaultAtStart(url, cause)
      if (error.exitCode !== EXIT.tryAgain || performance.now() >= untilMs) throw error
      if (!waiting) options.onWaiting?.(error.message)
      await delay(RETRY_MS)
    }
  }
}

/** What a fault of the connection, or of the first statements on it, means to whoever set DATABASE_URL. */
export function databaseFaultAtStart(url: string, cause: unknown): StartError {
  if (cause instanceof StartError) return cause
  const { host, database, user } = partsOf(url)
  const { code, message } = cause as { code?: unknown; message?: unknown }
  const refused = (text: string) => new StartError(`DATABASE_URL: ${text}`, EXIT.configuration, { cause })
  const later = (text: string) => new StartError(`DATABASE_URL: ${text}`, EXIT.tryAgain, { cause })
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return later(`the host name of ${host} cannot be resolved. Check the host, or start the database.`)
    case 'ECONNREFUSED':
    case 'ENOENT':
      return later(`nothing listens at ${host}. Check the host and the port, or start the database.`)
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
    case 'ECONNRESET':
    case 'EPIPE':
      return later(`${host} does not respond (${code}). Check the host, the port and the network.`)
    // cannot_connect_now: the server starts, or stops.
    case '57P03':
    case '57P01':
      return later(`the database at ${host} is starting or stopping.`)
    case '53100':
      return later(`the disk of the database at ${host} is full.`)
    case '53300':
      return later(`the database at ${host} has no free connection.`)
    case '28P01':
    case '28000':
      return refused(`${host} refuses the user ${user} or its password.`)
    case '3D000':
      return refused(`there is no database ${database} at ${host}. Create it, or correct the name.`)
    case '42501':
      return refused(
        `the user ${user} lacks a right on the database ${database}: it must be allowed to create tables in the schema public.`,
      )
    case '25006':
      return refused(`the database at ${host} is read-only, as a replica is. Name the primary server.`)
    case '3F000':
      return refused(`the database ${database} has no schema public, which Latchkey uses.`)
  }
  const text = typeof message === 'string' ? message : ''
  if (/does not support SSL/i.test(text))
    return refused(`${host} does not support TLS. Remove sslmode, or switch TLS on at the server.`)
  if (/certificate|altnames/i.test(text) || (typeof code === 'string' && /CERT|TLS|SSL|SIGN/.test(code)))
    return refused(
      `the TLS certificate of ${host} is not accepted (${typeof code === 'string' ? code : 'untrusted'}). Give its authority as sslrootcert, or change sslmode.`,
    )
  if (/timeout|terminated unexpectedly/i.test(text))
    return later(`${host} does not respond as a PostgreSQL server. Check the host, the port and the network.`)
  // A class of SQLSTATE, or a file that a parameter names: never the text, which may quote the URL.
  return refused(`the database at ${host} cannot be used${typeof code === 'string' ? ` (${code})` : ''}.`)
}

/** What of a URL may be printed. */
function partsOf(url: string): { host: string; database: string; user: string } {
  const { host, pathname, username } = new URL(url)
  return {
    host: host === '' ? 'localhost' : host,
    database: decoded(pathname.slice(1)) || '(the default)',
    user: decoded(username) || '(the default)',
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
