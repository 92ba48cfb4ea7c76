// The quota of content: the oldest goes first, whatever else removes some of it, and never a request log.
import { randomBytes } from 'node:crypto'
import type { StoredContent } from '@latchkey/server/domain/content/captured-content.ts'
import { contentBytes } from '@latchkey/server/domain/content/content-bytes.ts'
import { type Ingestion, openIngestion } from '@latchkey/server/ledger/ingest/ingestion.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { callRecordAt, openTestStore, type TestStore } from '../support/databases/open-test-store.ts'

const NOW_MS = Date.UTC(2026, 10, 22)
const BODY = 1_000
const QUOTA = 50_000

let subject: TestStore
let ingestion: Ingestion
let position = 0
let serial = 0
beforeEach(async () => {
  subject = await openTestStore()
  ingestion = await openIngestion(subject.database, QUOTA)
  position = 0
  serial = 0
})
afterEach(async () => {
  await ingestion.close()
  await subject.close()
})

/** Ingests calls with their content, each later than the one before; returns their ids. */
async function ingest(count: number, facts: Partial<StoredContent> = {}): Promise<string[]> {
  const records = Array.from({ length: count }, () => callRecordAt(NOW_MS + serial, serial++))
  const contents = records.map(
    ({ id }): StoredContent => ({
      id,
      kept: 'CONTENT',
      shape: { messages: 1, roles: { user: 1 }, tools: ['日本'], parameters: {} },
      requestType: 'application/json',
      request: randomBytes(BODY),
      requestTruncated: false,
      responseType: null,
      response: randomBytes(BODY),
      responseTruncated: false,
      redactions: 0,
      ...facts,
    }),
  )
  const from = position++
  await ingestion.apply({
    segment: 'quota',
    runId: 'quota',
    from,
    to: position,
    contents,
    closed: records,
    rest: () => ({ opened: [], openedBefore: [] }),
  })
  return records.map(({ id }) => id)
}

async function trim(limit = 500): Promise<{ removed: number; slices: number }> {
  let removed = 0
  for (let slices = 1; ; slices++) {
    const slice = await ingestion.removeBeyondQuota(limit)
    expect(slice.removed).toBeLessThanOrEqual(limit)
    removed += slice.removed
    if (!slice.more) return { removed, slices }
  }
}

const ONE = contentBytes({
  request: randomBytes(BODY),
  response: randomBytes(BODY),
  shape: { messages: 1, roles: { user: 1 }, tools: ['日本'], parameters: {} },
} as unknown as StoredContent)

test('nothing is removed up to the quota, and beyond it the oldest, in slices; request logs stay', async () => {
  const fits = Math.floor(QUOTA / ONE)
  const ids = await ingest(fits)
  expect(await trim()).toEqual({ removed: 0, slices: 1 })
  expect(await subject.idsOf('CallContent')).toEqual(ids)
  ids.push(...(await ingest(10)))
  const { removed, slices } = await trim(3)
  expect(slices).toBeGreaterThan(3)
  const left = await subject.idsOf('CallContent')
  expect(left).toEqual(ids.slice(removed))
  // Below the bound by the slack of 2 %, and by no more than one content.
  expect(left.length * ONE).toBeLessThanOrEqual(QUOTA * 0.98)
  expect((left.length + 1) * ONE).toBeGreaterThan(QUOTA * 0.98)
  expect(await subject.idsOf('RequestLog')).toEqual(ids)
})

test('what retention and deleted keys have removed is not counted', async () => {
  await ingest(20)
  await trim()
  await ingestion.removeExpired(
    { logsBeforeMs: NOW_MS + 15, rollupsBeforeMs: null, contentsBeforeMs: null },
    1_000,
  )
  const fresh = await ingest(Math.floor(QUOTA / ONE) - 5)
  expect(await trim()).toEqual({ removed: 0, slices: 1 })
  expect((await subject.idsOf('CallContent')).slice(-fresh.length)).toEqual(fresh)
})

test('what a former run has stored is counted from the start', async () => {
  await ingest(40)
  const again = await openIngestion(subject.database, QUOTA)
  expect((await again.removeBeyondQuota(500)).removed).toBeGreaterThan(10)
  await again.close()
  expect((await subject.idsOf('CallContent')).length * ONE).toBeLessThanOrEqual(QUOTA)
})

test('content without text counts by its row, and one that is larger than the quota is not kept', async () => {
  const small = await ingest(1_000, { kept: 'METADATA', request: null, response: null, shape: null })
  await trim()
  expect((await subject.idsOf('CallContent')).length).toBe(Math.floor((QUOTA * 0.98) / 100))
  await ingest(1, { request: randomBytes(2 * QUOTA) })
  await trim()
  expect(await subject.idsOf('CallContent')).toEqual([])
  expect((await subject.idsOf('RequestLog')).length).toBe(small.length + 1)
})

test('without a quota nothing is removed', async () => {
  const unbounded = await openIngestion(subject.database)
  await ingest(100)
  expect(await unbounded.removeBeyondQuota(500)).toEqual({ removed: 0, more: false })
  await unbounded.close()
})
