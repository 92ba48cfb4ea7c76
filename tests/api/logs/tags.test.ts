// What a log says of whose a call was: its owner, the labels of its key, and the tags that the client has sent.
import { Latchkey } from '@latchkey/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chat, errorOf } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logOf } from '../../support/server/request-logs.ts'
import { COMPLETION } from '../../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

let upstream: TestUpstream
let server: TestLatchkey
let client: Latchkey
beforeAll(async () => {
  upstream = await startUpstream((_request, response) => json(response, 200, COMPLETION))
  server = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
  client = new Latchkey({ url: server.url, adminToken: server.adminToken })
})
afterAll(async () => {
  await server.close()
  await upstream.close()
})

const tagged = (secret: string, tags: string, fields = {}) =>
  chat(server, secret, fields, { headers: { 'x-latchkey-tags': tags } })

test('tags of the header, metadata and user are logged together, and the header is not sent on', async () => {
  const { secret } = await server.createKey()
  const fields = { metadata: { team: 'red', job: 'night run' }, user: 'u-7' }
  const reply = await tagged(secret, 'feature=search, team=blue', fields)
  expect(reply.status).toBe(200)
  expect((await logOf(server, reply)).tags).toBe('feature=search,team=blue,user=u-7')
  expect(upstream.received.at(-1)).toMatchObject({ json: fields })
  expect(upstream.received.at(-1)?.headers).not.toHaveProperty('x-latchkey-tags')
  const { items } = await client.logs.list({ filter: { tags: ['team=blue', 'user=u-7'] } })
  expect(items).toMatchObject([{ tags: ['feature=search', 'team=blue', 'user=u-7'] }])
  expect((await client.logs.list({ filter: { tags: ['team=b'] } })).items).toEqual([])
  await expect(client.logs.list({ filter: { tags: ['team'] } })).rejects.toThrow('filter.tags')
})

test('a malformed header is refused by its name, and nothing is sent', async () => {
  const { secret } = await server.createKey()
  const before = upstream.received.length
  const reply = await tagged(secret, 'no pair')
  expect(reply.status).toBe(400)
  expect(await errorOf(reply)).toMatchObject({
    param: 'x-latchkey-tags',
    message: expect.stringContaining('feature=search'),
  })
  expect(upstream.received).toHaveLength(before)
})

test('a log keeps the owner and the labels of the time of the call', async () => {
  const [one, two] = [
    await client.owners.create({ name: 'one' }),
    await client.owners.create({ name: 'two' }),
  ]
  const labels = [
    { name: 'team', value: 'a' },
    { name: 'env', value: 'prod' },
  ]
  const { apiKey, secret } = await client.keys.create({ name: 'moved', ownerId: one.id, labels })
  await (await chat(server, secret)).arrayBuffer()
  await client.keys.update(apiKey.id, { ownerId: two.id, labels: [{ name: 'env', value: 'dev' }] })
  await (await chat(server, secret)).arrayBuffer()
  const list = async (filter: object) =>
    (await client.logs.list({ filter })).items.map(({ ownerId, labels }) => [ownerId, labels])
  const first = [one.id, [labels[1], labels[0]]]
  expect(await list({ ownerId: [one.id] })).toEqual([first])
  expect(await list({ labels: [{ name: 'env', value: 'prod' }] })).toEqual([first])
  expect(await list({ apiKeyId: [apiKey.id] })).toEqual([[two.id, [{ name: 'env', value: 'dev' }]], first])
  await server.app.ledger.settled()
  const rollups = await server.app.store.prisma.usageRollup.findMany({
    where: { kind: { in: ['OWNER_HOUR', 'LABEL_HOUR'] } },
    orderBy: { value: 'asc' },
  })
  const number = (id: string) => id.slice('own_'.length)
  expect(rollups.map(({ value, calls }) => [value, Number(calls)])).toEqual([
    [number(one.id), 1],
    [number(two.id), 1],
    ['env=dev', 1],
    ['env=prod', 1],
    ['team=a', 1],
  ])
})
