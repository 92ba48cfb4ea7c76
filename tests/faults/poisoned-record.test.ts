// Lines that are whole and still hold what no database would take: quarantined and counted, never blocking others.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { aCallRecord } from '@latchkey/server/domain/logs/a-call-record.ts'
import { closeLine, openLine } from '@latchkey/server/ledger/journal/line.ts'
import { openLedger } from '@latchkey/server/ledger/ledger.ts'
import { afterEach, describe, expect, test } from 'vitest'
import { writeSegment } from '../support/databases/write-segment.ts'
import { SETTLE_MAX_MS } from '../support/run/settle-time.ts'
import { expectAccount, openStation, type Station } from '../support/server/station.ts'

const poisons: [string, string][] = [
  ['a duration beyond 32 bits', closeLine(aCallRecord({ durationMs: 2 ** 40 }))],
  ['a duration that is not whole', closeLine(aCallRecord({ durationMs: 1.5 }))],
  ['a negative count', closeLine(aCallRecord({ inputTokens: -1 }))],
  ['a count beyond 32 bits', closeLine(aCallRecord({ outputTokens: 2 ** 31 }))],
  ['bytes that are no number', changed({ requestBytes: 'many' })],
  ['an outcome that there is not', changed({ outcome: 'GOOD' })],
  ['an outcome of another type', changed({ outcome: 7 })],
  ['an id that is none', changed({ id: 'req_1' })],
  ['no method', changed({ method: undefined })],
  ['a list', 'C[1,2]'],
  ['no JSON', 'C{"id":'],
  ['a kind that there is not', 'X{}'],
  ['an opening without a key', `O${JSON.stringify({ id: aCallRecord().id })}`],
]

describe.each(['sqlite', 'postgresql'] as const)('on %s', (kind) => {
  let station: Station
  afterEach(() => station.remove())

  test('every record around and behind the poisoned ones is there', async () => {
    station = await openStation(kind)
    await station.withStore(async () => undefined)
    const whole = poisons.map(() => aCallRecord())
    // Too long for an index, which is mended.
    const opened = aCallRecord({ requestedModel: 'x'.repeat(5_000) })
    const lines = [openLine(opened)]
    for (const [at, [, poison]] of poisons.entries()) lines.push(poison, closeLine(whole[at] ?? opened))
    writeSegment(station.journal, 'b1', 0, lines)
    const behind = aCallRecord()
    writeSegment(station.journal, 'b2', 0, [closeLine(behind)])

    const ledger = openLedger({
      folder: station.journal,
      database: station.database,
      settleMaxMs: SETTLE_MAX_MS,
      onProblem: () => undefined,
    })
    await ledger.settled()
    expect(ledger.state()).toMatchObject({ quarantined: poisons.length, ingestError: null })
    await ledger.close()
    const { rows } = await expectAccount(
      station,
      [...whole, behind, opened].map(({ id }) => id),
    )
    expect(rows).toBe(whole.length + 2)
    const [inQuarantine] = readdirSync(join(station.journal, 'quarantine'))
    const kept = readFileSync(join(station.journal, 'quarantine', inQuarantine ?? ''), 'utf8')
    for (const [what, poison] of poisons) expect(kept, what).toContain(poison)
  })
})

function changed(facts: Record<string, unknown>): string {
  return `C${JSON.stringify({ ...aCallRecord(), ...facts })}`
}
