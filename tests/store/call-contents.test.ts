// What is kept of calls' content in the database: with its request log, as long as that or shorter, and never without.

import { deflateRawSync } from 'node:zlib'
import type { StoredContent } from '@latchkey/server/domain/content/captured-content.ts'
import { findCallContent } from '@latchkey/server/ledger/logs/call-contents.ts'
import { readKept } from '@latchkey/server/store/queries/call-contents.ts'
import { SQL } from '@latchkey/server/store/sql.ts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { callRecordAt, openTestStore, type TestStore } from '../support/databases/open-test-store.ts'

const DAY_MS = 86_400_000
const NOW_MS = Date.UTC(2026, 10, 22)
const NEVER = { logsBeforeMs: null, rollupsBeforeMs: null, contentsBeforeMs: null }

let subject: TestStore
let keyId: number

beforeAll(async () => {
  subject = await openTestStore()
})
beforeEach(async () => {
  await subject.store[SQL].batch([
    { text: 'DELETE FROM "CallContent"', values: [] },
    { text: 'DELETE FROM "RequestLog"', values: [] },
  ])
  keyId = await subject.makeKey()
})
afterAll(() => subject.close())

function contentOf(id: string, text: string | null = 'words'): StoredContent {
  const bytes = text === null ? null : deflateRawSync(text)
  return {
    id,
    kept: text === null ? 'METADATA' : 'CONTENT',
    shape: { messages: 1, roles: { user: 1 }, tools: [], parameters: { model: 'm\u0000\ud83d' } },
    requestType: 'application/json',
    request: bytes,
    requestTruncated: true,
    responseType: null,
    response: bytes,
    responseTruncated: false,
    redactions: 2,
  }
}

/** Calls of the key that began so long ago, one of each number, with their content. */
async function calls(ageDays: number, numbers: number[]): Promise<string[]> {
  const records = numbers.map((number) =>
    callRecordAt(NOW_MS - ageDays * DAY_MS, number, { apiKeyId: keyId }),
  )
  await subject.ingest(
    records,
    records.map(({ id }) => contentOf(id)),
  )
  return records.map(({ id }) => id)
}

test('what was stored is read, whatever the text is', async () => {
  const words = 'a\u0000b "日本" 🔑\n'.repeat(1_000)
  const [first, second] = [callRecordAt(NOW_MS, 1), callRecordAt(NOW_MS, 2)]
  await subject.ingest([first, second], [contentOf(first.id, words), contentOf(second.id, null)])
  expect(await findCallContent(subject.store, first.id)).toEqual({
    ...contentOf(first.id),
    request: words,
    response: words,
  })
  expect(await findCallContent(subject.store, second.id)).toMatchObject({ kept: 'METADATA', request: null })
  const absent = callRecordAt(NOW_MS, 3).id
  expect(await readKept(subject.store, [second.id, absent])).toEqual(new Map([[second.id, 'METADATA']]))
})

test('content without a request log is not stored, and none is stored twice', async () => {
  const lost = callRecordAt(NOW_MS, 1)
  await subject.ingest([], [contentOf(lost.id)])
  const ofDeletedKey = callRecordAt(NOW_MS, 2, { apiKeyId: 1_000_000 })
  await subject.ingest([ofDeletedKey], [contentOf(ofDeletedKey.id)])
  expect(await subject.idsOf('CallContent')).toEqual([])
  const [id] = await calls(0, [3])
  await subject.ingest([], [contentOf(id ?? '', 'others')])
  expect((await findCallContent(subject.store, id ?? ''))?.request).toBe('words')
})

test('it is removed after its own retention, a little at a time, and its request log stays', async () => {
  const old = await calls(8, [1, 2, 3])
  const fresh = await calls(6, [4, 5])
  const expired = { ...NEVER, contentsBeforeMs: NOW_MS - 7 * DAY_MS }
  expect(await subject.ingestion.removeExpired(expired, 2)).toBe(true)
  expect(await subject.idsOf('CallContent')).toEqual([...old.slice(2), ...fresh])
  expect(await subject.ingestion.removeExpired(expired, 2)).toBe(true)
  expect(await subject.ingestion.removeExpired(expired, 2)).toBe(false)
  expect(await subject.idsOf('CallContent')).toEqual(fresh)
  expect(await subject.idsOf('RequestLog')).toEqual([...old, ...fresh])
})

test('it is removed with its request log, however long it would be kept itself', async () => {
  const [first = '', second = '', third = ''] = await calls(8, [1, 2, 3])
  const expired = { ...NEVER, logsBeforeMs: NOW_MS - 7 * DAY_MS }
  await subject.ingestion.removeExpired(expired, 2)
  expect(await subject.idsOf('CallContent')).toEqual([third])
  expect(await subject.idsOf('RequestLog')).toEqual([third])
  expect(await readKept(subject.store, [first, second])).toEqual(new Map())
})

test('it goes with its key, of others nothing', async () => {
  const others = await calls(0, [1])
  keyId = await subject.makeKey()
  await calls(0, [2, 3, 4])
  await subject.store.prisma.apiKey.delete({ where: { id: keyId } })
  await subject.store.prisma.keyRemoval.create({ data: { apiKeyId: keyId, createdAt: new Date() } })
  while (await subject.ingestion.removeDeleted(2))
    expect(await subject.idsOf('CallContent')).toEqual(await subject.idsOf('RequestLog'))
  expect(await subject.idsOf('CallContent')).toEqual(others)
})
