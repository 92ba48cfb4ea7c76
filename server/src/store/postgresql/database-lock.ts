// Holds a PostgreSQL database for one server: an advisory lock of a session of its own. Two servers on one database would each
// keep what they know of keys in memory: revoked keys would go on being served, and every limit would hold twice.
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import type { DatabaseLock, DatabaseLockOptions } from '../database-lock-options.ts'
import { OwnedError } from '../owner-lock.ts'
import { type ConnectOptions, connectAtStart } from './connect.ts'

// Any number that no other program on the same database uses for an advisory lock.
const OWNER_LOCK = 5_284_016
// The server notices the end of a killed process within a moment; for that long a start tries again.
const RELEASE_MAX_MS = 3_000
const TRY_EVERY_MS = 100
// How often the lock is looked at: a connection that fell silent is noticed within two of these.
const CHECK_MS = 5_000
const QUERY_TIMEOUT_MS = 5_000
const REGAIN_EVERY_MS = 1_000
// The server ends the session of a machine that has disappeared within half a minute, and with it the lock.
const SESSION = 'SET tcp_keepalives_idle = 15; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3'

/**
 * Takes the database until `release` or the end of the process. Rejects with OwnedError, which names the other server, and as
 * connectAtStart does.
 */
export async function lockPostgres(url: string, options: DatabaseLockOptions): Promise<DatabaseLock> {
  // The name is how another server finds out who has it. At most 63 bytes of it are kept.
  const name = `latchkey ${hostname().slice(0, 32)} ${randomBytes(6).toString('hex')}`
  const connection: ConnectOptions = {
    applicationName: name,
    ...(options.waitMs === undefined ? {} : { waitMs: options.waitMs }),
    ...(options.onWaiting === undefined ? {} : { onWaiting: options.onWaiting }),
  }
  const closing = new AbortController()
  let client = await connectAtStart(url, connection)
  const untilMs = performance.now() + RELEASE_MAX_MS
  while (!(await tryLock(client))) {
    if (performance.now() < untilMs) {
      await delay(TRY_EVERY_MS)
      continue
    }
    const other = await lockOwnerOf(client)
    await client.end()
    throw new OwnedError(
      `DATABASE_URL: the database is in use by another Latchkey${other === null ? '' : ` ${other.text}`}. Stop that one, or give this one a database of its own.`,
    )
  }
  const watching = watch()
  return {
    async release() {
      closing.abort()
      await watching
      await client.end().catch(() => undefined)
    },
  }

  /** Looks at the lock as long as it is needed, and takes it again where the connection has broken. */
  async function watch(): Promise<void> {
    while (await pause(CHECK_MS, client)) {
      if (await isHeld(client)) continue
      options.onProblem(
        'the connection that holds the database for this server has broken; another Latchkey could take the database',
      )
      if (!(await regain())) return
      options.onProblem(null)
    }
  }

  /** False where this server must end, or is ending. */
  async function regain(): Promise<boolean> {
    void client.end().catch(() => undefined)
    while (await pause(REGAIN_EVERY_MS)) {
      try {
        client = await connectAtStart(url, { applicationName: name, waitMs: 0 })
        if (await tryLock(client)) return true
        const other = await lockOwnerOf(client)
        if (other !== null && other.name !== name) {
          options.onTaken(`the database has been taken by another Latchkey ${other.text}`)
          return false
        }
        // This server's own former session, which the database does not know to have ended.
        if (other !== null) await client.query('SELECT pg_terminate_backend($1)', [other.pid])
        await client.end()
      } catch {
        // The database is unavailable; that has been logged already.
      }
    }
    return false
  }

  /** Resolves with true after `ms`, or as soon as the connection ends, and with false when the lock is released. */
  function pause(ms: number, watched?: pg.Client): Promise<boolean> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        watched?.off('end', end)
        closing.signal.removeEventListener('abort', end)
        resolve(!closing.signal.aborted)
      }
      const timer = setTimeout(end, ms).unref()
      watched?.once('end', end)
      closing.signal.addEventListener('abort', end)
      if (closing.signal.aborted) end()
    })
  }
}

async function tryLock(client: pg.Client): Promise<boolean> {
  await client.query(SESSION)
  const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [
    OWNER_LOCK,
  ])
  // A pooler that hands each statement another session would lose the lock without a word.
  return rows[0]?.taken === true && (await isHeld(client))
}

// The two halves of a bigint key, as pg_locks shows them; and of this database alone.
const HELD = `l.locktype = 'advisory' AND l.classid = 0 AND l.objid = ${OWNER_LOCK} AND l.objsubid = 1 AND l.granted
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`

async function isHeld(client: pg.Client): Promise<boolean> {
  try {
    const query: object = { query_timeout: QUERY_TIMEOUT_MS }
    const { rows } = await client.query({
      ...query,
      text: `SELECT 1 FROM pg_locks l WHERE ${HELD} AND l.pid = pg_backend_pid()`,
    })
    return rows.length > 0
  } catch {
    return false
  }
}

type LockOwner = { pid: number; name: string; text: string }

/** The server that has the lock; null where it has just released it. */
async function lockOwnerOf(client: pg.Client): Promise<LockOwner | null> {
  const { rows } = await client.query<{ pid: number; name: string | null; since: Date | null }>(
    `SELECT l.pid, a.application_name AS name, a.backend_start AS since
       FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid WHERE ${HELD}`,
  )
  const [owner] = rows
  if (owner === undefined) return null
  const name = owner.name ?? ''
  const host = /^latchkey (\S+) [0-9a-f]{12}$/.exec(name)?.[1]
  // What another role may not see is null.
  const parts = [
    ...(host === undefined ? [] : [`on ${host}`]),
    ...(owner.since === null ? [] : [`since ${owner.since.toISOString()}`]),
    `as process ${owner.pid} of PostgreSQL`,
  ]
  return { pid: owner.pid, name, text: `(${parts.join(', ')})` }
}
