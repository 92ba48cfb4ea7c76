// Following API keys: apiKeyChanged over server-sent events, as the SDK reads it.
import { randomBytes } from 'node:crypto'
import { type ApiKeyChange, type ChangesEvent, Latchkey } from '@latchkey/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { graphql } from '../../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

let server: TestLatchkey
let latchkey: Latchkey
beforeAll(async () => {
  server = await startLatchkey()
  latchkey = new Latchkey({ url: server.url, adminToken: server.adminToken })
})
afterAll(() => server.close())

/** What a reader is given, from now on: resolves once nothing is missed any more. */
async function follow(client: Latchkey, ids?: string[]) {
  const stop = new AbortController()
  const events = client.keys.changes({ ids }, { signal: stop.signal }).events()
  const first = await events.next()
  expect(first.value).toEqual({ changes: [], mayHaveMissed: true })
  return {
    /** As many changes as asked for; more may have come with them. */
    async changes(count: number): Promise<ApiKeyChange[]> {
      const changes: ApiKeyChange[] = []
      while (changes.length < count) {
        const { value } = await events.next()
        changes.push(...(value as ChangesEvent<ApiKeyChange>).changes)
      }
      return changes
    },
    async stop() {
      stop.abort()
      await events.next().catch(() => undefined)
    },
  }
}

test('shows each change of a key, as it is then', async () => {
  const reader = await follow(latchkey)
  const { apiKey } = await latchkey.keys.create({ name: 'followed' })
  expect(await reader.changes(1)).toMatchObject([{ id: apiKey.id, apiKey: { name: 'followed' } }])
  const step = async (change: () => Promise<unknown>) => {
    await change()
    const [seen] = await reader.changes(1)
    return seen
  }
  expect(await step(() => latchkey.keys.update(apiKey.id, { name: 'renamed' }))).toMatchObject({
    apiKey: { name: 'renamed' },
  })
  expect(await step(() => latchkey.keys.disable(apiKey.id))).toMatchObject({ apiKey: { status: 'DISABLED' } })
  expect(await step(() => latchkey.keys.rotate(apiKey.id))).toMatchObject({ id: apiKey.id })
  expect(await step(() => latchkey.keys.revoke(apiKey.id))).toMatchObject({ apiKey: { status: 'REVOKED' } })
  expect(await step(() => latchkey.keys.delete(apiKey.id))).toEqual({ id: apiKey.id, apiKey: null })
  await reader.stop()
})

test('shows changes over REST, of many keys at once, and of their owner', async () => {
  const owner = await latchkey.owners.create({ name: 'followed owner' })
  const reader = await follow(latchkey)
  const { id } = await server.createKey({ name: 'by rest' })
  expect(await reader.changes(1)).toMatchObject([{ id: `key_${id}`, apiKey: { name: 'by rest' } }])
  const { results } = await latchkey.keys.import({
    items: [{ name: 'imported', secret: randomBytes(24).toString('base64url') }],
  })
  expect(results[0]?.userErrors).toEqual([])
  expect(await reader.changes(1)).toMatchObject([{ apiKey: { name: 'imported' } }])
  await latchkey.keys.update(`key_${id}`, { ownerId: owner.id })
  await reader.changes(1)
  await latchkey.owners.disable(owner.id)
  expect(await reader.changes(1)).toMatchObject([{ id: `key_${id}`, apiKey: { status: 'DISABLED' } }])
  await reader.stop()
})

test('shows the keys that were asked for, each once in an event', async () => {
  const { apiKey: one } = await latchkey.keys.create({ name: 'one' })
  const { apiKey: other } = await latchkey.keys.create({ name: 'other' })
  const reader = await follow(latchkey, [one.id])
  await latchkey.keys.update(other.id, { name: 'other 2' })
  for (const description of ['a', 'b', 'c']) await latchkey.keys.update(one.id, { description })
  await latchkey.keys.update(one.id, { name: 'last' })
  const seen: ApiKeyChange[] = []
  while (seen.at(-1)?.apiKey?.name !== 'last') seen.push(...(await reader.changes(1)))
  expect(new Set(seen.map(({ id }) => id))).toEqual(new Set([one.id]))
  await reader.stop()
})

test('a dry run is no change', async () => {
  const { apiKey } = await latchkey.keys.create({ name: 'dry' })
  const reader = await follow(latchkey)
  await latchkey.keys.bulk.disable({ ids: [apiKey.id], dryRun: true })
  await latchkey.keys.update(apiKey.id, { name: 'wet' })
  expect(await reader.changes(1)).toMatchObject([{ apiKey: { name: 'wet', status: 'ACTIVE' } }])
  await reader.stop()
})

describe('a token of an owner', () => {
  test('sees the keys of that owner alone, and that one has left it', async () => {
    const [mine, theirs] = await Promise.all(
      ['mine', 'theirs'].map((name) => latchkey.owners.create({ name: `follows ${name}` })),
    )
    const { token } = await latchkey.adminTokens.create({
      name: 'follower',
      scopes: ['keys:read', 'owners:read'],
      ownerIds: [mine?.id ?? ''],
    })
    const reader = await follow(new Latchkey({ url: server.url, adminToken: token }))
    await latchkey.keys.create({ name: 'nobody' })
    await latchkey.keys.create({ name: 'of theirs', ownerId: theirs?.id })
    const { apiKey } = await latchkey.keys.create({ name: 'of mine', ownerId: mine?.id })
    expect(await reader.changes(1)).toMatchObject([{ id: apiKey.id, apiKey: { name: 'of mine' } }])
    await latchkey.keys.update(apiKey.id, { ownerId: theirs?.id })
    expect(await reader.changes(1)).toEqual([{ id: apiKey.id, apiKey: null }])
    // From then on it is none of theirs: the next that comes is the one after.
    await latchkey.keys.update(apiKey.id, { name: 'secret plan' })
    await latchkey.keys.update(apiKey.id, { ownerId: mine?.id })
    expect(await reader.changes(1)).toMatchObject([{ id: apiKey.id, apiKey: { name: 'secret plan' } }])
    await latchkey.keys.delete(apiKey.id)
    expect(await reader.changes(1)).toEqual([{ id: apiKey.id, apiKey: null }])
    await reader.stop()
  })
})

describe('is refused', () => {
  test.for<[string, string]>([
    ['[]', 'ids must name 1 to 100 keys.'],
    [
      `[${Array.from({ length: 101 }, (_, n) => `"key_${n + 1}"`).join(',')}]`,
      'ids must name 1 to 100 keys.',
    ],
    ['["own_1"]', 'ids: "own_1" is not the id of an API key, like key_12.'],
  ])('with ids %s', async ([ids, message]) => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        authorization: `Bearer ${server.adminToken}`,
      },
      body: JSON.stringify({ query: `subscription { apiKeyChanged(ids: ${ids}) { dropped } }` }),
    })
    expect(await response.text()).toContain(JSON.stringify(message).slice(1, -1))
  })

  test('as JSON', async () => {
    const { errors } = await graphql(
      server,
      'subscription { apiKeyChanged { dropped } }',
      {},
      { token: server.adminToken },
    )
    expect(errors?.[0]?.message).toMatch(/text\/event-stream/)
  })
})
