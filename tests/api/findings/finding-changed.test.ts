// Following findings: findingChanged over server-sent events, as the SDK reads it.
import { type ChangesEvent, type FindingChange, type FindingChangeFilter, Latchkey } from '@latchkey/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

let server: TestLatchkey
let latchkey: Latchkey
beforeAll(async () => {
  server = await startLatchkey()
  latchkey = new Latchkey({ url: server.url, adminToken: server.adminToken })
})
afterAll(() => server.close())

/** What a reader is given, from now on. */
async function follow(client: Latchkey, filter?: FindingChangeFilter) {
  const stop = new AbortController()
  const events = client.findings.changes(filter, { signal: stop.signal }).events()
  expect((await events.next()).value).toEqual({ changes: [], mayHaveMissed: true })
  return {
    /** Changes until one is of this id, which is the last of them. */
    async until(id: string): Promise<FindingChange[]> {
      const seen: FindingChange[] = []
      for (;;) {
        const { value } = await events.next()
        for (const change of (value as ChangesEvent<FindingChange>).changes) {
          seen.push(change)
          if (change.id === id) return seen
        }
      }
    },
    async stop() {
      stop.abort()
      await events.next().catch(() => undefined)
    },
  }
}

const limited = { limits: [{ unit: 'REQUESTS' as const, window: 'MINUTE' as const, max: 10 }] }
const withoutLimits = (id: string) => `KEY_WITHOUT_LIMITS:${id}`

test('shows a finding that begins, is dismissed, is restored and ends', async () => {
  const reader = await follow(latchkey, { code: ['KEY_WITHOUT_LIMITS'] })
  const { apiKey } = await latchkey.keys.create({ name: 'boundless' })
  const id = withoutLimits(apiKey.id)
  const last = async () => (await reader.until(id)).at(-1)?.finding
  expect(await last()).toMatchObject({
    id,
    code: 'KEY_WITHOUT_LIMITS',
    targetLabel: 'boundless',
    dismissal: null,
  })
  await latchkey.findings.dismiss(id, 'A test key.')
  expect(await last()).toMatchObject({ dismissal: { reason: 'A test key.' } })
  await latchkey.findings.restore(id)
  expect(await last()).toMatchObject({ dismissal: null })
  await latchkey.keys.update(apiKey.id, { policy: limited })
  expect(await last()).toBeNull()
  await reader.stop()
})

test('shows what matches, and to a token of an owner what is of its keys', async () => {
  const [mine, theirs] = await Promise.all(
    ['mine', 'theirs'].map((name) => latchkey.owners.create({ name: `finds ${name}` })),
  )
  const { token } = await latchkey.adminTokens.create({
    name: 'finder',
    scopes: ['alerts:read', 'keys:read'],
    ownerIds: [mine?.id ?? ''],
  })
  const restricted = await follow(new Latchkey({ url: server.url, adminToken: token }))
  const severe = await follow(latchkey, { severity: ['HIGH'] })
  const { apiKey: other } = await latchkey.keys.create({ name: 'not mine', ownerId: theirs?.id })
  const { apiKey } = await latchkey.keys.create({ name: 'mine', ownerId: mine?.id })
  const everything = await follow(latchkey, { targetId: apiKey.id })
  const id = withoutLimits(apiKey.id)
  expect((await restricted.until(id)).map((change) => change.id)).toEqual([id])
  // It leaves the owner: for this token it has ended, for others it has not.
  await latchkey.keys.update(apiKey.id, { ownerId: theirs?.id })
  expect((await restricted.until(id)).at(-1)).toEqual({ id, finding: null })
  expect((await everything.until(id)).at(-1)?.finding).toMatchObject({ targetLabel: 'mine' })
  expect(other.id).not.toBe(apiKey.id)
  for (const reader of [restricted, severe, everything]) await reader.stop()
})

test('nothing is computed once nobody follows, and it begins anew for the next reader', async () => {
  const first = await follow(latchkey)
  await first.stop()
  const second = await follow(latchkey)
  const { apiKey } = await latchkey.keys.create({ name: 'later' })
  expect((await second.until(withoutLimits(apiKey.id))).at(-1)?.finding).toMatchObject({
    targetLabel: 'later',
  })
  await second.stop()
})
