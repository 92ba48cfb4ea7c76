// Journals of every format that a version has written: read after an upgrade, and out of the quarantine that an earlier upgrade
// put them into. tests/fixtures/journal has a segment of each, written by the code of that version: five calls that were served,
// and one that was open when its process was killed. A file's name begins with the version in its first line.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { segmentName } from '@latchkey/server/ledger/journal/journal.ts'
import { JOURNAL_VERSION } from '@latchkey/server/ledger/journal/line.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { expectAccount, openStation, type Station } from '../support/server/station.ts'

const FIXTURES = join(import.meta.dirname, '../fixtures/journal')
const NAMES = readdirSync(FIXTURES).sort()
const command = join(import.meta.dirname, '../../server/src/cli/main.ts')

test('there is a journal of every version', () => {
  expect(new Set(NAMES.map((name) => Number.parseInt(name, 10)))).toEqual(
    new Set(Array.from({ length: JOURNAL_VERSION }, (_, at) => at + 1)),
  )
})

describe.each(['sqlite', 'postgresql'] as const)('on %s', (kind) => {
  let station: Station
  beforeEach(async () => {
    station = await openStation(kind)
    await station.withStore(async () => undefined)
    mkdirSync(join(station.journal, 'quarantine'), { recursive: true })
  })
  afterEach(() => station.remove())

  test('a journal of every version is ingested: each complete call, and the open one as interrupted', async () => {
    for (const name of NAMES)
      copyFileSync(join(FIXTURES, name), join(station.journal, segmentName(runOf(name), 0)))
    const server = await station.start()
    expect(await server.stop()).toBe(0)
    await expectAllCalls()
    expect(readdirSync(join(station.journal, 'quarantine'))).toEqual([])
  })

  test('`ledger requeue` reads them out of the quarantine, once, and keeps what cannot be read', async () => {
    const quarantine = join(station.journal, 'quarantine')
    const [first = '', ...others] = NAMES
    // A whole segment, and stretches as a reader that did not know the checksum has left them.
    copyFileSync(join(FIXTURES, first), join(quarantine, segmentName(runOf(first), 0)))
    for (const name of others) {
      const damage = Buffer.from('not a frame\n')
      writeFileSync(
        join(quarantine, `${segmentName(runOf(name), 0)}.0.damaged`),
        Buffer.concat([damage, readFileSync(join(FIXTURES, name)), damage]),
      )
    }
    writeFileSync(join(quarantine, segmentName('ff', 0)), alien())
    expect(requeue()).toEqual({
      status: 0,
      stdout: `${NAMES.length * 11} lines of ${NAMES.length} files read again; ${others.length + 1} files still hold what cannot be read\n`,
    })
    await expectAllCalls()
    expect(readdirSync(quarantine).length).toBe(others.length + 1)
    for (const name of readdirSync(quarantine).filter((found) => found.endsWith('.damaged')))
      expect(readFileSync(join(quarantine, name), 'utf8')).toBe('not a frame\nnot a frame\n')
    expect(readFileSync(join(quarantine, segmentName('ff', 0)))).toEqual(alien())

    // What is there twice, as after a crash in between, is counted once.
    copyFileSync(join(FIXTURES, first), join(quarantine, segmentName(runOf(first), 0)))
    expect(requeue().status).toBe(0)
    await expectAllCalls()
  })

  test('`ledger requeue` is refused while a server runs', async () => {
    const server = await station.start()
    const { status, stdout } = requeue()
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(await server.stop()).toBe(0)
  })

  function requeue(): { status: number | null; stdout: string } {
    const { status, stdout } = spawnSync(process.execPath, [command, 'ledger', 'requeue'], {
      encoding: 'utf8',
      env: {
        PATH: process.env.PATH,
        LATCHKEY_DATA_DIR: station.dataDir,
        DATABASE_URL: kind === 'postgresql' ? station.database : '',
      },
    })
    return { status, stdout }
  }

  async function expectAllCalls(): Promise<void> {
    const ids = NAMES.flatMap((name) =>
      [1, 2, 3, 4, 5].map(
        (call) => `req_01a2264b89c770008${runOf(name).slice(1)}${String(call).padStart(12, '0')}`,
      ),
    )
    const { rows, outcomes } = await expectAccount(station, new Set(ids))
    expect(outcomes).toEqual(new Set(['SUCCESS']))
    expect(rows).toBe(NAMES.length * 6)
  }
})

/** A segment of a version that is yet to come. */
function alien(): Buffer {
  // CRC-32 of the payload, as every version since 2 has it.
  return Buffer.from('00001b 836c1f53 H{"version":99,"boot":"ff"}\n')
}

/** The run that wrote a fixture, as its first line says. */
function runOf(name: string): string {
  return /"boot":"(\w+)"/.exec(readFileSync(join(FIXTURES, name), 'utf8'))?.[1] ?? ''
}
