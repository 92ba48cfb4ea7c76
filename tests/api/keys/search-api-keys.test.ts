// A key is found by whatever of it is known: a name in any case, its id, its secret as the list prints it or whole.
import { Latchkey } from '@latchkey/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

let server: TestLatchkey
let latchkey: Latchkey
let plain: string
let rotated: { id: string; former: string; current: string }
beforeAll(async () => {
  server = await startLatchkey()
  latchkey = new Latchkey({ url: server.url, adminToken: server.adminToken })
  for (const name of ['Ünïcode', 'ΟΔΥΣΣΕΥΣ', 'Мобильный']) await latchkey.keys.create({ name })
  plain = (await latchkey.keys.create({ name: 'plain' })).secret
  const { apiKey, secret: former } = await latchkey.keys.create({ name: 'rotated' })
  const { secret: current } = await latchkey.keys.rotate(apiKey.id, { graceSeconds: 3_600 })
  rotated = { id: apiKey.id, former, current }
})
afterAll(() => server.close())

async function found(search: string): Promise<string[]> {
  const page = await latchkey.keys.list({ filter: { search } })
  expect(page.totalCount).toBe(page.items.length)
  return page.items.map(({ name }) => name)
}

test.for([
  (start: string) => `sk-${start}`,
  (start: string) => `sk-${start}…`,
  (start: string) => `SK-${start.toUpperCase()}...`,
  (start: string) => start,
])('the start of a secret finds it, however it is printed (%#)', async (printed) => {
  expect(await found(printed(plain.slice(0, 8)))).toEqual(['plain'])
})

test.for([
  (secret: string) => secret,
  (secret: string) => `sk-${secret}`,
  (secret: string) => ` ${secret.toUpperCase()} `,
])('a whole secret finds its key (%#)', async (written) => {
  expect(await found(written(plain))).toEqual(['plain'])
})

test('a rotated key is found by its secret and by the one before', async () => {
  expect(await found(rotated.current)).toEqual(['rotated'])
  expect(await found(`sk-${rotated.former}`)).toEqual(['rotated'])
})

test('a secret that differs at its end finds nothing', async () => {
  const last = plain.endsWith('0') ? '1' : '0'
  expect(await found(plain.slice(0, -1) + last)).toEqual([])
})

test('an id finds its key', async () => {
  expect(await found(rotated.id)).toEqual(['rotated'])
  expect(await found(rotated.id.toUpperCase())).toEqual(['rotated'])
  expect(await found('key_2147483648')).toEqual([])
})

test.for([
  ['ÜNÏ', 'Ünïcode'],
  ['ünïCODE', 'Ünïcode'],
  ['οδυσσευς', 'ΟΔΥΣΣΕΥΣ'],
  ['δυσ', 'ΟΔΥΣΣΕΥΣ'],
  ['МОБИЛЬ', 'Мобильный'],
] as const)('%s finds %s, on either database', async ([search, name]) => {
  expect(await found(search)).toEqual([name])
})
