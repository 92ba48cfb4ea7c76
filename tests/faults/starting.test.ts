// A start that cannot succeed: a sentence that names the setting or the path, the exit code that says whether to try again, and
// nothing left behind that stops the next start.
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAtStart } from '@latchkey/server/store/postgresql/connect.ts'
import { afterEach, describe, expect, inject, test } from 'vitest'
import { startOwnPostgres } from '../support/databases/own-postgres.ts'
import { startServerProcess } from '../support/server/server-process.ts'
import { openStation, type Station } from '../support/server/station.ts'

/** Runs a server whose files cannot grow past this many blocks of 512 bytes: a full disk, without any rights. */
const limited = (blocks: number) => [
  '/bin/sh',
  '-c',
  `ulimit -f ${blocks}; trap '' XFSZ; exec "$0" "$@"`,
  process.execPath,
]

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function station(): Promise<Station> {
  const opened = await openStation('sqlite')
  cleanups.push(opened.remove)
  return opened
}

describe('a data directory that cannot be used', () => {
  test.for<[string, number, RegExp, (place: Station) => Record<string, string> | undefined]>([
    [
      'a file that is no database',
      78,
      /The database \S+latchkey\.db is damaged, or is no SQLite database/,
      ({ database }) => void writeFileSync(database, 'no database'.repeat(1_000)),
    ],
    [
      'a database with a damaged page',
      78,
      /The database \S+latchkey\.db is damaged/,
      ({ database, withStore }) => {
        void withStore
        const page = Buffer.alloc(4_096)
        page.write('SQLite format 3\0', 'latin1')
        writeFileSync(database, Buffer.concat([page.fill(7, 16), page]))
      },
    ],
    [
      'a database of 0 bytes beside a journal',
      78,
      /latchkey\.db is empty, but \S+journal is the journal of one that was in use/,
      ({ database, journal }) => {
        writeFileSync(database, '')
        mkdirSync(journal)
      },
    ],
    [
      'no database beside a journal with calls',
      78,
      /latchkey\.db is missing, but \S+journal is the journal of one/,
      ({ journal }) => {
        mkdirSync(journal)
        writeFileSync(join(journal, 'a1-00000000.journal'), '')
      },
    ],
    [
      'a folder in the place of the database',
      78,
      /latchkey\.db cannot be opened for writing/,
      ({ database }) => void mkdirSync(database),
    ],
    [
      'a lock that is no lock',
      78,
      /owner\.lock is damaged/,
      ({ dataDir }) => void writeFileSync(join(dataDir, 'owner.lock'), 'x'.repeat(5_000)),
    ],
    [
      'a file in the place of the directory',
      78,
      /a file stands where a folder must be/,
      ({ dataDir }) => {
        const path = join(dataDir, 'file')
        writeFileSync(path, '')
        return { LATCHKEY_DATA_DIR: path }
      },
    ],
    [
      'an encryption key that is none',
      78,
      /encryption\.key does not hold a Fernet key/,
      ({ dataDir }) => void writeFileSync(join(dataDir, 'encryption.key'), 'key'),
    ],
  ])('%s: exit code %i, and a sentence', async ([, code, sentence, prepare]) => {
    const place = await station()
    const env = prepare(place) ?? {}
    await expectNoStart(place.start(env), code, sentence)
  })

  test('a full disk at the first start is called that, with 75, and the next start succeeds', async () => {
    const place = await station()
    await expectNoStart(
      place.start({}, limited(0)),
      75,
      /The disk is full: \S+encryption\.key cannot be written/,
    )
    expect(readdirSync(place.dataDir)).toEqual([])
    const key = { LATCHKEY_ENCRYPTION_KEY: 'A'.repeat(43) }
    for (const blocks of [0, 8, 64])
      await expectNoStart(place.start(key, limited(blocks)), 75, /disk|limit on the size of files/)
    const server = await place.start()
    expect(await server.stop()).toBe(0)
  })

  test('a key file of 0 bytes, which a former version left on a full disk, stops no start', async () => {
    const place = await station()
    writeFileSync(join(place.dataDir, 'encryption.key'), '')
    const server = await place.start()
    expect(await server.stop()).toBe(0)
    expect(readFileSync(join(place.dataDir, 'encryption.key'), 'utf8')).toMatch(/^[\w-]{43}=\n$/)
  })
})

describe('DATABASE_URL', () => {
  test.for<[string, (url: URL) => void, RegExp]>([
    ['a wrong password', (url) => (url.password = 'canary'), /refuses the user \S+ or its password/],
    ['an unknown user', (url) => (url.username = 'nobody'), /refuses the user nobody or its password/],
    ['an unknown database', (url) => (url.pathname = '/absent'), /there is no database absent at/],
    ['TLS where there is none', (url) => (url.search = '?sslmode=require'), /does not support TLS/],
    [
      'a schema',
      (url) => (url.search = '?schema=latchkey'),
      /names a schema, and Latchkey uses the schema public/,
    ],
    ['an unknown sslmode', (url) => (url.search = '?sslmode=on'), /has an sslmode that does not exist/],
    ['an absent certificate', (url) => (url.search = '?sslrootcert=/absent'), /names a file in sslrootcert/],
  ])('%s: 78, at once, and the variable is named', async ([, change, sentence]) => {
    const url = new URL(inject('postgresUrl'))
    change(url)
    const output = await expectNoStart(
      (await station()).start({ DATABASE_URL: url.href }),
      78,
      new RegExp(`DATABASE_URL:? .*${sentence.source}`),
    )
    expect(output).not.toContain('canary')
  })

  test.for<[string, string, RegExp]>([
    ['a host that is not there', 'postgresql://u:p@database.invalid/d', /the host name of database\.invalid/],
    ['a port where nothing listens', 'postgresql://u:p@127.0.0.1:1/d', /nothing listens at 127\.0\.0\.1:1/],
  ])('%s is waited for, and then reported, with 75', async ([, url, sentence]) => {
    const waits: string[] = []
    const connecting = connectAtStart(url, { waitMs: 600, onWaiting: (reason) => waits.push(reason) })
    await expect(connecting).rejects.toMatchObject({ exitCode: 75, message: expect.stringMatching(sentence) })
    expect(waits).toEqual([expect.stringMatching(sentence)])
  })

  test('a database that starts later is waited for, and the start succeeds', async () => {
    const postgres = await startOwnPostgres()
    cleanups.push(postgres.remove)
    await postgres.stop()
    const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-late-'))
    cleanups.push(() => rmSync(dataDir, { recursive: true, force: true }))
    const starting = startServerProcess({ DATABASE_URL: postgres.url, LATCHKEY_DATA_DIR: dataDir })
    await expect.poll(() => readdirSync(dataDir)).toContain('owner.lock')
    await postgres.start()
    const server = await starting
    cleanups.push(server.remove)
    expect(server.output()).toContain('waiting up to a minute for the database')
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
  })
})

test('a port in use names LATCHKEY_PORT; an address of another machine LATCHKEY_HOST', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  cleanups.push(() => void taken.close())
  await new Promise((resolve) => taken.once('listening', resolve))
  const { port } = taken.address() as { port: number }
  const place = await station()
  for (const LATCHKEY_WORKERS of ['1', '2']) {
    await expectNoStart(
      place.start({ LATCHKEY_PORT: String(port), LATCHKEY_WORKERS }),
      78,
      new RegExp(`LATCHKEY_PORT: port ${port} of 127\\.0\\.0\\.1 is in use`),
    )
    await expectNoStart(
      place.start({ LATCHKEY_HOST: '192.0.2.1', LATCHKEY_WORKERS }),
      78,
      /LATCHKEY_HOST: 192\.0\.2\.1/,
    )
  }
})

// Node's own recursive mkdir never returns there.
test.runIf(process.platform === 'linux')(
  'a data directory where nobody can make a folder is named',
  async () => {
    const place = await station()
    await expectNoStart(
      place.start({ LATCHKEY_DATA_DIR: '/proc/latchkey/data' }),
      78,
      /\/proc\/latchkey\/data\/encryption\.key cannot be used \(ENOENT\)\. Check LATCHKEY_DATA_DIR\./,
    )
  },
)

describe.skipIf(process.platform === 'win32')('the data directory is for its user alone', () => {
  test('from the first byte of every file, whatever the umask says', async () => {
    const place = await station()
    const dataDir = join(place.dataDir, 'made')
    const command = ['/bin/sh', '-c', 'umask 000; exec "$0" "$@"', process.execPath]
    const server = await place.start({ LATCHKEY_DATA_DIR: dataDir, LATCHKEY_WORKERS: '2' }, command)
    expect(readableByOthers(dataDir)).toEqual([])
    expect(readdirSync(dataDir)).toEqual(
      expect.arrayContaining(['encryption.key', 'journal', 'latchkey.db', 'owner.lock', 'workers.lock']),
    )
    await server.kill()
    expect(readableByOthers(dataDir)).toEqual([])
  })

  test('one of a former version is mended at start, with a line in the log; files of others are not touched', async () => {
    const place = await station()
    const first = await place.start()
    expect(await first.stop()).toBe(0)
    for (const name of readdirSync(place.dataDir)) chmodSync(join(place.dataDir, name), 0o755)
    chmodSync(place.dataDir, 0o755)
    const server = await place.start()
    expect(readableByOthers(place.dataDir)).toEqual([])
    expect(server.output()).toContain('other users could read these; no longer')
    expect(await server.stop()).toBe(0)

    writeFileSync(join(place.dataDir, 'of-another-program'), '', { mode: 0o644 })
    chmodSync(place.dataDir, 0o755)
    chmodSync(place.database, 0o644)
    const shared = await place.start()
    expect(statSync(place.dataDir).mode & 0o777).toBe(0o755)
    expect(readableByOthers(place.dataDir)).toEqual([
      place.dataDir,
      join(place.dataDir, 'of-another-program'),
    ])
    expect(await shared.stop()).toBe(0)
  })
})

/** All that other users have a right to, the folder itself first. */
function readableByOthers(folder: string): string[] {
  return [
    folder,
    ...readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  ].filter((path) => (statSync(path).mode & 0o077) !== 0)
}

/** Expects that a start fails with this sentence and no stack; returns all that was printed. */
async function expectNoStart(starting: Promise<unknown>, code: number, sentence: RegExp): Promise<string> {
  const error = await starting.then(
    () => new Error('it has started'),
    (failure: Error) => failure,
  )
  expect(error.message).toMatch(new RegExp(`ended with ${code}:\\n[\\s\\S]*Latchkey cannot start\\.\\n`))
  expect(error.message).toMatch(sentence)
  expect(error.message).not.toMatch(/^\s+at /m)
  return error.message
}
