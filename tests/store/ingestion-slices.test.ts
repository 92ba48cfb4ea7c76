// A backlog in the journal is ingested in slices, on the database of the running project. Time is what its records take.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { aCallRecord } from '@latchkey/server/domain/logs/a-call-record.ts'
import type { IngestBatch } from '@latchkey/server/ledger/ingest/apply-batch.ts'
import { createIngester, type Ingester } from '@latchkey/server/ledger/ingest/ingester.ts'
import type { Ingestion } from '@latchkey/server/ledger/ingest/ingestion.ts'
import { closeLine } from '@latchkey/server/ledger/journal/line.ts'
import { countRequestLogs } from '@latchkey/server/ledger/logs/request-logs.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openTestStore, type TestStore } from '../support/databases/open-test-store.ts'
import { writeSegment } from '../support/databases/write-segment.ts'

const RECORDS = 6_000
// So that the slices that take 100 ms are of 1,000 records.
const RECORD_MS = 0.1
const notLive = () => false

let folder = ''
let testStore: TestStore

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-slices-'))
  testStore = await openTestStore()
})
afterEach(async () => {
  await testStore.close()
  rmSync(folder, { recursive: true })
})

/** An ingester by whose clock each record takes RECORD_MS, and the number of records in each of its transactions. */
function timedIngester(): { ingester: Ingester; slices: number[] } {
  const slices: number[] = []
  let elapsedMs = 0
  const counted = async (batch: IngestBatch) => {
    const closed = [...batch.closed]
    elapsedMs += closed.length * RECORD_MS
    slices.push(closed.length)
    return testStore.ingestion.apply({ ...batch, closed })
  }
  const ingestion: Ingestion = { ...testStore.ingestion, apply: counted }
  return {
    ingester: createIngester(folder, ingestion, () => [], { isYielding: () => true, cpuMs: () => elapsedMs }),
    slices,
  }
}

function writeBacklog(): void {
  // About 1 KiB a line.
  const lines = Array.from({ length: RECORDS }, () => closeLine(aCallRecord({ userAgent: 'a'.repeat(400) })))
  writeSegment(folder, '0a', 0, lines)
}

test('no slice takes longer than it may, but the first, and all records are there', async () => {
  writeBacklog()
  const { ingester, slices } = timedIngester()
  expect(await ingester.round(notLive)).toBe(true)
  expect(slices.length).toBeGreaterThan(4)
  for (const records of slices.slice(1)) expect(records * RECORD_MS).toBeLessThanOrEqual(101)
  expect(slices.reduce((sum, records) => sum + records, 0)).toBe(RECORDS)
  expect(await countRequestLogs(testStore.store, {})).toBe(RECORDS)
  expect(ingester.state().lagBytes).toBe(0)
})

test('a round that is stopped after a slice has ingested that slice, and the next one goes on behind it', async () => {
  writeBacklog()
  const { ingester, slices } = timedIngester()
  expect(await ingester.round(notLive, async () => false)).toBe(false)
  expect(slices).toHaveLength(1)
  expect(await countRequestLogs(testStore.store, {})).toBe(slices[0])
  expect(ingester.state().lagBytes).toBeGreaterThan(0)

  const other = timedIngester()
  expect(await other.ingester.round(notLive)).toBe(true)
  expect((slices[0] ?? 0) + other.slices.reduce((sum, records) => sum + records, 0)).toBe(RECORDS)
  expect(await countRequestLogs(testStore.store, {})).toBe(RECORDS)
})

test('a record that is longer than a slice is ingested', async () => {
  const long = aCallRecord({ errorMessage: 'a'.repeat(3 * 1024 * 1024) })
  const records = [aCallRecord(), long, aCallRecord()]
  writeSegment(
    folder,
    '0a',
    0,
    records.map((record) => closeLine(record)),
  )
  const { ingester } = timedIngester()
  await ingester.round(notLive)
  expect(await countRequestLogs(testStore.store, {})).toBe(3)
})
