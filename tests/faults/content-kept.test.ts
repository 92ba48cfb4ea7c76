// What is kept of calls' content survives what their records survive, and is dropped before any of them.

import { readdirSync } from 'node:fs'
import { contentLine } from '@latchkey/server/ledger/journal/content-line.ts'
import { closeLine } from '@latchkey/server/ledger/journal/line.ts'
import { afterEach, expect, test } from 'vitest'
import { graphql } from '../support/api/client.ts'
import { callRecordAt } from '../support/databases/open-test-store.ts'
import { writeSegment } from '../support/databases/write-segment.ts'
import { LIMITABLE, limitFileSize } from '../support/run/file-size-limit.ts'
import { contentOf } from '../support/server/call-contents.ts'
import { chat, chatBody } from '../support/server/gateway-calls.ts'
import { makeRuledKey } from '../support/server/ruled-keys.ts'
import { openStation, type Station } from '../support/server/station.ts'
import { COMPLETION } from '../support/upstreams/chat-responses.ts'
import { json, startUpstream } from '../support/upstreams/upstream.ts'

const CALLS = 24

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function stationOn(kind: 'sqlite' | 'postgresql', env: Record<string, string>): Promise<Station> {
  const upstream = await startUpstream((_request, response) => json(response, 200, COMPLETION))
  cleanups.push(() => upstream.close())
  const station = await openStation(kind, { env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, ...env } })
  cleanups.push(() => station.remove())
  return station
}

/** Concurrent calls, each with its own text; returns their ids in order. */
async function call(url: string, secret: string, wordsOf: (n: number) => string): Promise<string[]> {
  const responses = await Promise.all(
    Array.from({ length: CALLS }, (_, n) => chat({ url }, secret, messages(wordsOf(n)))),
  )
  await Promise.all(responses.map((reply) => reply.arrayBuffer()))
  expect(responses.map(({ status }) => status)).toEqual(responses.map(() => 200))
  return responses.map((reply) => reply.headers.get('x-request-id') ?? '')
}

const messages = (content: string) => ({ messages: [{ role: 'user', content }] })

test.for(['sqlite', 'postgresql'] as const)(
  'on %s, with two workers: killed right after its responses, a server has their content after the restart',
  async (kind) => {
    const station = await stationOn(kind, { LATCHKEY_WORKERS: '2' })
    let server = await station.start()
    const { adminToken } = station
    const { secret } = await makeRuledKey({ url: server.url, adminToken }, { capture: 'FULL' })
    const ids = await call(server.url, secret, (n) => `words of call ${n}`)
    await server.kill()
    server = await station.start()
    for (const [n, id] of ids.entries()) {
      const { content } = await contentOf({ url: server.url, adminToken }, id)
      expect(content).toMatchObject({
        kept: 'CONTENT',
        request: chatBody(messages(`words of call ${n}`)),
        response: JSON.stringify(COMPLETION),
      })
    }
  },
)

test('content past its retention is removed when the server starts, and its request log stays', async () => {
  const station = await stationOn('sqlite', { LATCHKEY_CONTENT_RETENTION_DAYS: '2' })
  const server = await station.start()
  const admin = { url: server.url, adminToken: station.adminToken }
  const { number: apiKeyId } = await makeRuledKey(admin, { capture: 'FULL' })
  const body = { type: 'text/plain', bytes: Buffer.from('words'), limit: 10, truncated: false }
  const content = { kept: 'CONTENT', request: body, response: body, shape: null, secretMark: '' } as const
  const [old, fresh] = [3, 1].map((days) => {
    const record = callRecordAt(Date.now() - days * 86_400_000, days, { apiKeyId })
    return { id: record.id, lines: [closeLine(record), contentLine({ id: record.id, ...content })] }
  })
  await server.stop()
  const unreadable = 'B{"id":"words"}'
  writeSegment(station.journal, '01', 0, [...(old?.lines ?? []), unreadable, ...(fresh?.lines ?? [])])
  const next = { ...admin, url: (await station.start()).url }
  expect((await contentOf(next, fresh?.id ?? '')).content).toMatchObject({
    request: 'words',
    response: 'words',
  })
  expect(await contentOf(next, old?.id ?? '')).toEqual({ content: null, contentUnavailableReason: 'EXPIRED' })
  await station.withStore(({ prisma }) => expect.poll(() => prisma.callContent.count()).toBe(1))
  expect(readdirSync(station.journal), 'words must not lie about for good').not.toContain('quarantine')
})

// The database is not among the files that are limited.
test('while the disk refuses the journal, content is given up and no record is', async () => {
  const station = await stationOn('postgresql', { LATCHKEY_CONTENT_MAX_BYTES: '1048576' })
  const server = await station.start({}, LIMITABLE)
  const admin = { url: server.url, adminToken: station.adminToken }
  const { secret } = await makeRuledKey(admin, { capture: 'FULL' })
  await call(server.url, secret, () => 'short')
  limitFileSize(server, 4_096)
  const ids = await call(server.url, secret, () => 'long'.repeat(262_144))
  const said = (words: string) => expect.poll(() => server.output()).toContain(words)
  await said('the ledger cannot keep up')
  limitFileSize(server, 'unlimited')
  await said('the ledger works again')

  // Asking for the content of a call that has no request log throws.
  const read = await Promise.all(ids.map((id) => contentOf(admin, id)))
  const dropped = read.filter(({ contentUnavailableReason }) => contentUnavailableReason === 'DROPPED')
  const kept = read.filter(({ content }) => content?.requestTruncated)
  expect(dropped.length).toBeGreaterThan(0)
  expect(kept.length).toBeGreaterThan(0)
  expect(kept.length + dropped.length).toBe(CALLS)
  const health = '{ ledgerHealth { droppedContents lostRecords } }'
  const { data } = await graphql(admin, health, {}, { token: admin.adminToken })
  expect(data?.ledgerHealth).toEqual({ droppedContents: dropped.length, lostRecords: 0 })
})
