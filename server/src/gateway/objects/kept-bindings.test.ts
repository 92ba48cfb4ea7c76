import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { StoredBinding } from '../../store/queries/objects/object-bindings.ts'
import { type BindingStore, createKeptBindings } from './kept-bindings.ts'

const ROUTE = { upstream: 'u', upstreamId: 1, credentialId: 2 }
const OTHER = { ...ROUTE, credentialId: 3 }

let rows: Map<string, StoredBinding>
let asked: string[][]
let isAway: boolean
let lost: number

beforeEach(() => {
  rows = new Map()
  asked = []
  isAway = false
  lost = 0
  vi.useFakeTimers()
})
afterEach(() => void vi.useRealTimers())

const store: BindingStore = {
  async find(ids) {
    asked.push([...ids])
    if (isAway) throw new Error('away')
    return ids.flatMap((id) => rows.get(id) ?? [])
  },
  async ownedBy(apiKeyId, ids) {
    return ids.filter((id) => rows.get(id)?.apiKeyId === apiKeyId)
  },
  async write(bindings) {
    if (isAway) throw new Error('away')
    for (const binding of bindings) rows.set(binding.objectId, binding)
  },
  async remove(_apiKeyId, id) {
    rows.delete(id)
  },
}

const open = () =>
  createKeptBindings(
    store,
    () => 1_000_000_000_000,
    (count) => {
      lost += count
    },
  )

test('what was bound is found at once, and is in the database after a moment', async () => {
  const bindings = open()
  expect(bindings.bind(7, ROUTE, ['a', 'b'], false)).toBe(null)
  expect(bindings.find(['a', 'b'])).toEqual(
    new Map(['a', 'b'].map((id) => [id, expect.objectContaining({ apiKeyId: 7, route: ROUTE })])),
  )
  expect(rows.size).toBe(0)
  await vi.runAllTimersAsync()
  expect([...rows.keys()]).toEqual(['a', 'b'])
  expect(asked).toEqual([])
})

test('what must last is in the database before it is said to be bound', async () => {
  await open().bind(7, ROUTE, ['a'], true)
  expect(rows.get('a')).toMatchObject({ apiKeyId: 7, route: ROUTE })
})

test('an object stays with the key that made it, and moves with it', async () => {
  const bindings = open()
  bindings.bind(7, ROUTE, ['a'], false)
  bindings.bind(8, OTHER, ['a'], false)
  expect((await bindings.find(['a'])).get('a')).toMatchObject({ apiKeyId: 7, route: ROUTE })
  bindings.bind(7, OTHER, ['a'], false)
  expect((await bindings.find(['a'])).get('a')).toMatchObject({ apiKeyId: 7, route: OTHER })
  bindings.forget(8, 'a')
  expect((await bindings.find(['a'])).size).toBe(1)
  bindings.forget(7, 'a')
  expect((await bindings.find(['a'])).size).toBe(0)
})

test('the database is asked once for what is not in memory, and again once it is bound', async () => {
  await open().bind(7, ROUTE, ['a'], true)
  const bindings = open()
  expect([...(await bindings.find(['a', 'none'])).keys()]).toEqual(['a'])
  expect(bindings.find(['a', 'none'])).not.toBeInstanceOf(Promise)
  expect(asked).toEqual([['a', 'none']])
  bindings.bind(7, ROUTE, ['none'], false)
  expect((await bindings.find(['none'])).size).toBe(1)
})

test('a database that is away gets what waits when it is back', async () => {
  const bindings = open()
  isAway = true
  const bound = bindings.bind(7, ROUTE, ['a'], true)
  await vi.advanceTimersByTimeAsync(5_000)
  await bound
  await expect(async () => bindings.find(['b'])).rejects.toThrow('away')
  isAway = false
  await vi.advanceTimersByTimeAsync(5_000)
  expect([...rows.keys()]).toEqual(['a'])
  await bindings.close()
  expect(lost).toBe(0)
})
