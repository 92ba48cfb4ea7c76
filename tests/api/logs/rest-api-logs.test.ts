// The original product's logs: /api/api-logs and /api/api-keys/{key_id}/logs.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { call, rest } from '../../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

let latchkey: TestLatchkey
let one: { id: number; secret: string }
let two: { id: number; secret: string }
let ids: string[]
beforeAll(async () => {
  latchkey = await startLatchkey()
  one = await latchkey.createKey({ name: 'one' })
  two = await latchkey.createKey({ name: 'two' })
  const made: string[] = []
  for (const key of [one, one, two]) made.push((await call(latchkey, key.secret)).requestId)
  made.push((await call(latchkey, two.secret, { model: 'no-such-model' })).requestId)
  ids = made.reverse()
})
afterAll(() => latchkey.close())

const get = (path: string) => rest(latchkey, 'GET', path)
const idsOf = (body: { logs: { id: string }[] }) => body.logs.map((log) => log.id)

test('lists every call, newest first, with the original columns', async () => {
  const { status, body } = await get('/api/api-logs')
  expect(status).toBe(200)
  expect({ ...body, logs: idsOf(body) }).toEqual({ logs: ids, total: 4, page: 1, page_size: 50 })
  expect(body.logs[1]).toEqual({
    id: ids[1],
    api_key_id: two.id,
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    model: 'echo',
    status: 'success',
    response_time: expect.any(Number),
    ip_address: expect.stringContaining('127.0.0.1'),
    endpoint: '/v1/chat/completions',
    error_message: null,
    request_size: expect.any(Number),
    response_size: expect.any(Number),
  })
  expect(body.logs[0]).toMatchObject({ status: 'error', error_message: expect.any(String) })
})

test('pages by number', async () => {
  const second = await get('/api/api-logs?page=2&page_size=3')
  expect({ ...second.body, logs: idsOf(second.body) }).toEqual({
    logs: [ids[3]],
    total: 4,
    page: 2,
    page_size: 3,
  })
  const far = await get('/api/api-logs?page=1000000&page_size=100')
  expect(far.body).toEqual({ logs: [], total: 4, page: 1_000_000, page_size: 100 })
})

test('filters by key and status, on both paths', async () => {
  for (const path of [`/api/api-logs?key_id=${two.id}&`, `/api/api-keys/${two.id}/logs?`]) {
    expect(idsOf((await get(path)).body)).toEqual(ids.slice(0, 2))
    const success = await get(`${path}status=success`)
    expect([idsOf(success.body), success.body.total]).toEqual([[ids[1]], 1])
    const error = await get(`${path}status=error&page=1&page_size=50`)
    expect([idsOf(error.body), error.body.total]).toEqual([[ids[0]], 1])
  }
})

test.for([
  ['page=0', 'page'],
  ['page=1000001', 'page'],
  ['page=-1', 'page'],
  ['page=1e3', 'page'],
  ['page_size=0', 'page_size'],
  ['page_size=101', 'page_size'],
  ['page_size=', 'page_size'],
  ['status=SUCCESS', 'status'],
  ['status=', 'status'],
  ['status=success&status=error', 'status'],
  ['limit=5', 'limit'],
])('?%s is refused on both paths', async ([query, param]) => {
  for (const path of ['/api/api-logs', `/api/api-keys/${one.id}/logs`]) {
    const { status, body } = await get(`${path}?${query}`)
    expect([status, body.error.code, body.error.param]).toEqual([400, 'BAD_USER_INPUT', param])
  }
})

test('a key_id that is none, or no key, is refused', async () => {
  expect((await get('/api/api-logs?key_id=abc')).body.error).toMatchObject({
    code: 'BAD_USER_INPUT',
    param: 'key_id',
  })
  expect((await get('/api/api-logs?key_id=2147483647')).status).toBe(404)
  expect((await get(`/api/api-keys/${one.id}/logs?key_id=1`)).body.error).toMatchObject({ param: 'key_id' })
})
