// The journal's disk takes nothing for a while: calls still succeed, and their lines are written when it does.
import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseKind } from '@latchkey/server/store/store.ts'
import { afterEach, expect, test } from 'vitest'
import { startLoad } from '../support/clients/load.ts'
import { LIMITABLE, limitFileSize } from '../support/run/file-size-limit.ts'
import { seededRandom, seedOfRun } from '../support/run/seeded-random.ts'
import type { ServerProcess } from '../support/server/server-process.ts'
import { expectAccount, makeKey, openStation, type Station } from '../support/server/station.ts'
import { startLoadUpstream } from '../support/upstreams/load-upstream.ts'

/** A disk that can be filled and emptied under a running server. */
type Disk = {
  name: string
  kind: DatabaseKind
  /** What the server is run by. */
  command?: string[]
  prepare(station: Station): void
  fill(station: Station, server: ServerProcess): void
  free(station: Station, server: ServerProcess): void
  remove(station: Station): void
}

/** A limit on the size of this process's files: needs no rights. It holds for SQLite's file too, hence PostgreSQL. */
const fileSizeLimit: Disk = {
  name: 'a limit on the size of files',
  kind: 'postgresql',
  command: LIMITABLE,
  prepare: () => undefined,
  fill: ({ journal }, server) => {
    // In the middle of a record, most likely: what is torn must be taken back.
    limitFileSize(server, Math.max(...segments(journal).map((path) => statSync(path).size)) + 3_001)
  },
  free: (_station, server) => limitFileSize(server, 'unlimited'),
  remove: () => undefined,
}

/** A small file system of the journal's own: needs the right to mount. */
const smallFileSystem: Disk = {
  name: 'a full file system',
  kind: 'sqlite',
  prepare: ({ journal }) => {
    mkdirSync(journal)
    run('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', journal])
  },
  fill: ({ journal }) => {
    const ballast = openSync(join(journal, 'ballast'), 'w')
    try {
      for (let mebibyte = 0; mebibyte < 16; mebibyte++) writeSync(ballast, Buffer.alloc(2 ** 20))
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC')
    } finally {
      closeSync(ballast)
    }
  },
  free: ({ journal }) => rmSync(join(journal, 'ballast')),
  remove: ({ journal }) => run('umount', ['-l', journal]),
}

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

test.for(canMount() ? [smallFileSystem, fileSizeLimit] : [fileSizeLimit])(
  'while $name refuses the journal, calls succeed and the log says so; nothing is missing after a kill -9 later',
  async (disk) => {
    const upstream = await startLoadUpstream(() => 2)
    cleanups.push(upstream.close)
    const station = await openStation(disk.kind, { env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
    cleanups.push(station.remove)
    disk.prepare(station)
    cleanups.push(() => disk.remove(station))
    const server = await station.start({}, disk.command)
    cleanups.push(server.kill)
    const { secret } = await makeKey(station, server.url)
    const random = seededRandom(seedOfRun())
    const load = startLoad({ url: async () => server.url, secret, clients: 8, random })
    await expect.poll(() => load.succeeded.size).toBeGreaterThan(20)

    disk.fill(station, server)
    await expect.poll(() => said(server, 'the ledger cannot keep up')).toBe(true)
    const before = load.succeeded.size
    await expect.poll(() => load.succeeded.size).toBeGreaterThan(before + 500)
    expect(said(server, 'the ledger works again')).toBe(false)

    disk.free(station, server)
    await expect.poll(() => said(server, 'the ledger works again')).toBe(true)
    // Nothing is only in memory any more.
    await server.kill()
    await load.stop()
    const next = await station.start()
    expect(await next.stop()).toBe(0)
    const { rows } = await expectAccount(station, load.succeeded)
    expect([...load.refused]).toEqual([])
    expect(readdirSync(station.journal), 'no record was torn').not.toContain('quarantine')
    console.log(`${disk.name}: ${load.succeeded.size} successful calls, ${rows} rows`)
  },
)

test.for([
  ['is freed within the grace: all of it is written, exit code 0', true],
  ['stays full: how much is lost is logged, exit code 74', false],
] as const)('SIGTERM while the journal waits in memory for a disk that %s', async ([, isFreed]) => {
  const upstream = await startLoadUpstream(() => 2)
  cleanups.push(upstream.close)
  const station = await openStation('postgresql', {
    env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_STOP_GRACE_SECONDS: isFreed ? '60' : '1' },
  })
  cleanups.push(station.remove)
  const server = await station.start({}, LIMITABLE)
  cleanups.push(server.kill)
  const { secret } = await makeKey(station, server.url)
  const load = startLoad({
    url: async () => server.url,
    secret,
    clients: 4,
    random: seededRandom(seedOfRun()),
  })
  await expect.poll(() => load.succeeded.size).toBeGreaterThan(20)
  fileSizeLimit.fill(station, server)
  await expect.poll(() => said(server, 'the ledger cannot keep up')).toBe(true)
  const before = load.succeeded.size
  await expect.poll(() => load.succeeded.size).toBeGreaterThan(before + 100)
  await load.stop()
  const stopped = server.stop()
  if (isFreed) {
    // The port is closed: from here on only what waits in memory is left to do.
    await expect
      .poll(() =>
        fetch(`${server.url}/healthz`).then(
          () => 'open',
          () => 'closed',
        ),
      )
      .toBe('closed')
    fileSizeLimit.free(station, server)
    expect(await stopped).toBe(0)
    await expectAccount(station, load.succeeded)
  } else {
    expect(await stopped).toBe(74)
    expect(server.output()).toMatch(
      /"lines":\d{3,},"msg":"the disk accepted no more: these lines of the journal are lost"/,
    )
  }
})

/** What the server has logged about its journal. */
function said(server: ServerProcess, words: string): boolean {
  return server
    .output()
    .split('\n')
    .some((line) => line.includes('"where":"journal"') && line.includes(words))
}

function segments(journal: string): string[] {
  return readdirSync(journal)
    .filter((name) => name.endsWith('.journal'))
    .map((name) => join(journal, name))
}

function canMount(): boolean {
  if (process.getuid?.() !== 0) return false
  const place = join('/tmp', `latchkey-mount-${process.pid}`)
  mkdirSync(place)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', place]).status === 0
  if (mounted) spawnSync('umount', [place])
  rmSync(place, { recursive: true })
  return mounted
}

function run(command: string, args: string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} failed: ${stderr}`)
}
