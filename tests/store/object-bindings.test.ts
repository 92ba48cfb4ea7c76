// Object bindings do not stay for ever: what is not used, what is too much, and what no key has any more is removed. On the database of
// the running project.
import { createKeptBindings } from '@latchkey/server/gateway/objects/kept-bindings.ts'
import {
  findBindings,
  findOwned,
  removeBinding,
  removeOldBindings,
  writeBindings,
} from '@latchkey/server/store/queries/objects/object-bindings.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openTestStore, type TestStore } from '../support/databases/open-test-store.ts'

const DAY_MS = 86_400_000
const NOW_MS = Date.UTC(2026, 10, 22)
const MANY = 1_000
const route = { upstream: 'one', upstreamId: null, credentialId: null }

let db: TestStore
let key: number
beforeEach(async () => {
  db = await openTestStore()
  key = await db.makeKey()
})
afterEach(() => db.close())

/** Binds objects, each used a day before the next: `o1` yesterday. */
async function bind(count: number, apiKeyId = key, prefix = 'o'): Promise<void> {
  const bindings = Array.from({ length: count }, (_, at) => ({
    objectId: `${prefix}${at + 1}`,
    ...{ apiKeyId, route, createdAtMs: 0, lastUsedAtMs: NOW_MS - (at + 1) * DAY_MS },
  }))
  await writeBindings(db.store, bindings)
}

async function left(): Promise<string[]> {
  const ids = ['o', 'p'].flatMap((prefix) => Array.from({ length: 6 }, (_, at) => `${prefix}${at + 1}`))
  return (await findBindings(db.store, ids)).map(({ objectId }) => objectId).sort()
}

test('what was not used for so long is removed, a slice at a time, and nothing else', async () => {
  await bind(6)
  expect(await removeOldBindings(db.store, NOW_MS - 7 * DAY_MS, MANY, 100)).toBe(0)
  expect(await removeOldBindings(db.store, NOW_MS - 2.5 * DAY_MS, MANY, 3)).toBe(3)
  expect(await left()).toEqual(['o1', 'o2', 'o3'])
  expect(await removeOldBindings(db.store, NOW_MS - 2.5 * DAY_MS, MANY, 3)).toBe(1)
  expect(await removeOldBindings(db.store, NOW_MS - 2.5 * DAY_MS, MANY, 3)).toBe(0)
  expect(await left()).toEqual(['o1', 'o2'])
})

test('of too many those used longest ago are removed', async () => {
  await bind(6)
  expect(await removeOldBindings(db.store, 0, 4, 100)).toBe(2)
  expect(await left()).toEqual(['o1', 'o2', 'o3', 'o4'])
})

test('those of a deleted key are removed, however new', async () => {
  const other = await db.makeKey()
  await bind(2)
  await bind(2, other, 'p')
  await db.store.prisma.apiKey.delete({ where: { id: other } })
  expect(await removeOldBindings(db.store, 0, MANY, 100)).toBe(2)
  expect(await left()).toEqual(['o1', 'o2'])
})

test('what is used stays: its use is written, and it is no longer the oldest', async () => {
  await bind(3)
  const kept = createKeptBindings(
    {
      find: (ids) => findBindings(db.store, ids),
      ownedBy: (apiKeyId, ids) => findOwned(db.store, apiKeyId, ids),
      write: (all) => writeBindings(db.store, all),
      remove: (apiKeyId, id) => removeBinding(db.store, apiKeyId, id),
    },
    () => NOW_MS,
    () => undefined,
  )
  await kept.find(['o3'])
  await kept.close()
  expect(await removeOldBindings(db.store, NOW_MS - 1.5 * DAY_MS, MANY, 100)).toBe(1)
  expect(await left()).toEqual(['o1', 'o3'])
})
