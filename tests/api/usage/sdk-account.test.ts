// The reading side of the account through the SDK, against a real server.

import { Latchkey } from '@latchkey/sdk'
import { aCallRecord } from '@latchkey/server/domain/logs/a-call-record.ts'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { call } from '../../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

let server: TestLatchkey
let latchkey: Latchkey
let secret: string
let keyId: string
beforeAll(async () => {
  server = await startLatchkey()
  latchkey = new Latchkey({ url: server.url, adminToken: server.adminToken })
  const key = await server.createKey({ name: 'one' })
  secret = key.secret
  keyId = `key_${key.id}`
  await call(server, secret)
  await call(server, '00000000-0000-4000-8000-000000000000')
})
afterAll(() => server.close())

test('usage, in all and over time', async () => {
  const { totals, from } = await latchkey.usage({ range: {} })
  expect([totals.calls, totals.failures, from]).toEqual([2, 1, null])
  expect(totals.p95DurationMs).not.toBeNull()
  expect((await latchkey.usage({ range: {}, apiKeyId: keyId })).totals.calls).toBe(1)
  const groups = await latchkey.usage.series({ range: {}, bucket: 'DAY', groupBy: 'API_KEY' })
  expect(groups).toMatchObject([{ key: keyId, label: 'one', points: [{ totals: { calls: 1 } }] }])
  const [all] = await latchkey.usage.series({ range: {}, bucket: 'HOUR' })
  expect(all?.totals.calls).toBe(2)
})

test('logs by any part, counted by time and by value', async () => {
  const page = await latchkey.logs.list({ filter: { httpStatus: { gte: 400 }, text: 'API key' } })
  expect(page.items.map(({ outcome }) => outcome)).toEqual(['DENIED'])
  expect(page.searchedFrom).toEqual(expect.stringMatching(/Z$/))
  expect((await latchkey.logs.list()).searchedFrom).toBeNull()
  expect(await latchkey.logs.count()).toBe(2)
  expect(await latchkey.logs.count({ outcome: ['SUCCESS'] })).toBe(1)
  const { bins, partial } = await latchkey.logs.histogram({ buckets: 10 })
  expect([bins.reduce((sum, { successes, failures }) => sum + successes + failures, 0), partial]).toEqual([
    2,
    false,
  ])
  const facets = await latchkey.logs.facets({ field: 'API_KEY' })
  expect(facets.values).toEqual([{ value: keyId, label: 'one', count: 1 }])
})

test('the content of a call, or why there is none', async () => {
  const captured = await latchkey.keys.create({
    name: 'captured',
    keepEncryptedCopy: false,
    policy: { capture: 'FULL' },
  })
  const { requestId } = await call(server, captured.secret)
  const full = await vi.waitFor(() => latchkey.logs.content(requestId), { timeout: 20_000 })
  expect(full).toMatchObject({
    content: { kept: 'CONTENT', requestType: 'application/json', redactions: 0 },
    contentUnavailableReason: null,
  })
  expect(JSON.parse(full.content?.request ?? '')).toHaveProperty('messages')
  const [plain] = (await latchkey.logs.list({ filter: { outcome: ['SUCCESS'], apiKeyId: [keyId] } })).items
  expect(await latchkey.logs.content(plain?.id ?? '')).toEqual({
    content: null,
    contentUnavailableReason: 'CAPTURE_OFF',
  })
  await expect(latchkey.logs.content(`req_${'0'.repeat(12)}70008${'0'.repeat(15)}`)).rejects.toThrow(
    'no such request log',
  )
})

test('a tail misses nothing while its connection is lost', async () => {
  const events = latchkey.logs.tail({ model: ['tailed'] }).events()
  const record = () => {
    const one = aCallRecord({ requestedModel: 'tailed' })
    server.app.ledger.record(one)
    return one.id
  }
  const recorded: string[] = []
  const ids: string[] = []
  const first = events.next()
  // The server has taken the subscription once it counts it.
  await expect.poll(async () => (await latchkey.ledger.health()).openTails, { interval: 5 }).toBe(1)
  recorded.push(record())
  for (const { id } of (await first).value?.logs ?? []) ids.push(id)
  const second = events.next()
  server.app.server.closeAllConnections()
  recorded.push(record(), record())
  for (const { id } of (await second).value?.logs ?? []) ids.push(id)
  while (ids.length < recorded.length)
    for (const { id } of (await events.next()).value?.logs ?? []) ids.push(id)
  expect(ids).toEqual(recorded)
  await events.return()
  await expect.poll(async () => (await latchkey.ledger.health()).openTails, { interval: 5 }).toBe(0)
})

test('the ledger is sound, and agrees with itself', async () => {
  expect(await latchkey.ledger.health()).toMatchObject({ openCalls: 0, lostRecords: 0, ingestError: null })
  expect(await latchkey.ledger.verify({ hours: 2 })).toMatchObject({ agrees: true, disagreements: [] })
})
