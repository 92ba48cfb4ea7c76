// A journal that was damaged: the server starts, every whole record is there, and what was not is counted and kept.

import { chmodSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { aCallRecord } from '@latchkey/server/domain/logs/a-call-record.ts'
import { segmentName } from '@latchkey/server/ledger/journal/journal.ts'
import { closeLine } from '@latchkey/server/ledger/journal/line.ts'
import { openLedger } from '@latchkey/server/ledger/ledger.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { writeSegment } from '../support/databases/write-segment.ts'
import { SETTLE_MAX_MS } from '../support/run/settle-time.ts'
import { expectAccount, openStation, type Station } from '../support/server/station.ts'

const RECORDS = 20

describe.each(['sqlite', 'postgresql'] as const)('on %s', (kind) => {
  let station: Station
  beforeEach(async () => {
    station = await openStation(kind)
    await station.withStore(async () => undefined)
  })
  afterEach(() => station.remove())

  test('a truncated tail, flipped bytes, a zeroed page, an empty file, another version and a folder cost what they hit', async () => {
    const succeeded: string[] = []
    /** A segment of its own; the records at `hit` are those that its damage takes. */
    const segment = (runId: string, hit: number[], head?: string): string => {
      const records = Array.from({ length: RECORDS }, () => aCallRecord())
      succeeded.push(...records.filter((_, at) => !hit.includes(at)).map(({ id }) => id))
      return writeSegment(station.journal, runId, 0, records.map(closeLine), head)
    }
    const all = Array.from({ length: RECORDS }, (_, at) => at)

    const truncated = segment('a1', [RECORDS - 1])
    truncateSync(truncated, readFileSync(truncated).length - 100)
    const flipped = segment('a2', [3, 9])
    damage(flipped, (bytes) => {
      for (const at of [3, 9]) {
        const byte = lineStart(bytes, at + 1) + 60
        bytes[byte] = (bytes[byte] ?? 0) ^ 0x10
      }
    })
    const zeroed = segment('a3', [5, 6, 7, 8, 9, 10, 11])
    damage(zeroed, (bytes) => bytes.fill(0, lineStart(bytes, 6) + 1, lineStart(bytes, 13) - 5))
    writeFileSync(join(station.journal, segmentName('a4', 0)), '')
    segment('a5', all, 'H{"version":99,"boot":"a5"}')
    mkdirSync(join(station.journal, segmentName('a6', 0)))
    segment('a7', [])

    const quarantined: number[] = []
    const ledger = openLedger({
      folder: station.journal,
      database: station.database,
      settleMaxMs: SETTLE_MAX_MS,
      onProblem: () => undefined,
      onQuarantine: (count) => quarantined.push(count),
    })
    await expect.poll(() => ledger.settled(), { timeout: 20_000 }).toBe(true)
    // A torn tail, two lines, one stretch of zeros, one segment of another version.
    expect(ledger.state()).toMatchObject({ quarantined: 5, ingestError: null })
    expect(quarantined.at(-1)).toBe(5)
    await ledger.close()

    const inQuarantine = join(station.journal, 'quarantine')
    expect(readdirSync(inQuarantine).sort()).toEqual(
      [
        `${segmentName('a1', 0)}.0.damaged`,
        `${segmentName('a2', 0)}.0.damaged`,
        `${segmentName('a3', 0)}.0.damaged`,
        segmentName('a5', 0),
      ].sort(),
    )
    expect(readFileSync(join(inQuarantine, `${segmentName('a2', 0)}.0.damaged`)).toString()).toMatch(
      /^\w{6} \w{8} C.*\n\w{6} \w{8} C.*\n$/,
    )
    const { rows } = await expectAccount(station, succeeded)
    expect(rows).toBe(succeeded.length)
    expect(readdirSync(station.journal).sort()).toEqual([segmentName('a6', 0), 'quarantine'].sort())
    const server = await station.start()
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
    expect(await server.stop()).toBe(0)
  })
})

describe('a journal folder that cannot be written', () => {
  test('stops the start with a message that says so, and exit code 78', async () => {
    const station = await openStation('sqlite')
    try {
      // The superuser may write into any folder, so a file stands in its place; others find one that is read-only.
      if (process.getuid?.() === 0) writeFileSync(station.journal, '')
      else {
        mkdirSync(station.journal)
        chmodSync(station.journal, 0o500)
      }
      await expect(station.start()).rejects.toThrow(
        /ended with 78:\n[\s\S]*Latchkey cannot start\.\n.*journal .*cannot be written/,
      )
    } finally {
      await station.remove()
    }
  })
})

function damage(path: string, change: (bytes: Buffer) => void): void {
  const bytes = readFileSync(path)
  change(bytes)
  writeFileSync(path, bytes)
}

/** Where the nth line of a segment begins; its head is the first. */
function lineStart(bytes: Buffer, line: number): number {
  let at = 0
  for (let seen = 0; seen < line; seen++) at = bytes.indexOf(0x0a, at) + 1
  return at
}
