// The original product's /api/api-keys.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { call, PASSWORD, rest, signIn } from '../../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

const DAY = 86_400_000
const START = Date.parse('2026-11-22T10:00:00.000Z')
let nowMs = START
let latchkey: TestLatchkey
beforeAll(async () => {
  latchkey = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD }, clock: () => nowMs })
})
afterAll(() => latchkey.close())
beforeEach(() => {
  nowMs = START
})

const get = (path: string) => rest(latchkey, 'GET', path)
const post = (path: string, body?: unknown) => rest(latchkey, 'POST', path, body)

describe('POST /api/api-keys', () => {
  test('returns the integer id and, this once, the secret', async () => {
    const { status, body } = await post('/api/api-keys', {
      name: 'ci',
      description: 'for tests',
      expires_days: 30,
    })
    expect(status).toBe(200)
    expect(body).toEqual({
      id: expect.any(Number),
      api_key: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      name: 'ci',
      description: 'for tests',
      created_at: '2026-11-22T10:00:00.000Z',
      expires_at: '2026-12-22T10:00:00.000Z',
      is_active: true,
      usage_count: 0,
      last_used_at: null,
      status: 'active',
    })
    expect((await call(latchkey, body.api_key)).status).toBe(200)
    const listed = await get('/api/api-keys')
    expect(JSON.stringify(listed.body)).not.toContain(body.api_key)
  })

  test('needs a name only', async () => {
    const { status, body } = await post('/api/api-keys', {
      name: 'bare',
      description: null,
      expires_days: null,
    })
    expect([status, body.description, body.expires_at]).toEqual([200, null, null])
  })

  test("works with an admin's session too", async () => {
    const cookie = await signIn(latchkey)
    const { status } = await rest(latchkey, 'POST', '/api/api-keys', { name: 'by cookie' }, { cookie })
    expect(status).toBe(200)
    const [event] = await latchkey.app.store.prisma.auditEvent.findMany({ orderBy: { id: 'desc' }, take: 1 })
    expect(event).toMatchObject({ action: 'api_key.create', actorType: 'ADMIN', actorName: 'admin' })
  })

  test.for<[unknown, string | null, string]>([
    [{}, 'name', 'name must not be empty. Say what the key is for.'],
    [{ name: null }, 'name', 'name must not be empty. Say what the key is for.'],
    [{ name: 5 }, 'name', 'name must be a string.'],
    [{ name: 'x'.repeat(101) }, 'name', 'name has 101 characters; at most 100 are allowed.'],
    [
      { name: 'nul\u0000' },
      'name',
      'name must be plain text without line breaks or other control characters.',
    ],
    [{ name: 'x', description: [] }, 'description', 'description must be a string.'],
    [{ name: 'x', expires_days: '30' }, 'expires_days', 'expires_days must be a number.'],
    [
      { name: 'x', expires_days: 0 },
      'expires_days',
      'expires_days must be a whole number from 1 to 3650. For a key that never expires, send never_expires.',
    ],
    [
      { name: 'x', expires_days: 1.5 },
      'expires_days',
      'expires_days must be a whole number from 1 to 3650. For a key that never expires, send never_expires.',
    ],
    [
      { name: 'x', is_admin: true },
      'is_admin',
      'There is no field "is_admin". The fields are name, description, expires_days, never_expires.',
    ],
    [[], null, 'The body must be a JSON object.'],
    ['null', null, 'The body must be a JSON object.'],
    ['{"name": "x"', null, 'The body is not valid JSON.'],
    ['', null, 'The body is not valid JSON.'],
    [new Uint8Array([0x7b, 0xff, 0x7d]), null, 'The body is not valid UTF-8.'],
  ])('refuses %j', async ([body, param, message]) => {
    const response = await post('/api/api-keys', body)
    expect([response.status, response.body]).toEqual([
      400,
      { error: { code: 'BAD_USER_INPUT', message, param } },
    ])
  })

  test('refuses a body that is too large, or is no JSON', async () => {
    const large = await post('/api/api-keys', { name: 'x'.repeat(65_536) })
    expect([large.status, large.body.error.code]).toEqual([413, 'PAYLOAD_TOO_LARGE'])
    const as = { token: latchkey.adminToken, headers: { 'content-type': 'text/plain' } }
    const text = await rest(latchkey, 'POST', '/api/api-keys', '{"name":"x"}', as)
    expect([text.status, text.body.error.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE'])
  })
})

test('GET /api/api-keys lists all keys, newest first, with the original columns', async () => {
  const { body: made } = await post('/api/api-keys', { name: 'newest', expires_days: 1 })
  await call(latchkey, made.api_key)
  nowMs += DAY
  const { status, body } = await get('/api/api-keys')
  expect(status).toBe(200)
  expect(body.total).toBe(body.api_keys.length)
  expect(body.api_keys[0]).toEqual({
    id: made.id,
    name: 'newest',
    description: null,
    created_at: '2026-11-22T10:00:00.000Z',
    expires_at: '2026-11-23T10:00:00.000Z',
    is_active: false,
    usage_count: 1,
    last_used_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    status: 'expired',
  })
})

test('POST /api/api-keys/{key_id}/revoke refuses the next call, and again changes nothing', async () => {
  const { id, secret } = await latchkey.createKey()
  const first = await post(`/api/api-keys/${id}/revoke`)
  expect(first.status).toBe(200)
  expect(first.body).toMatchObject({ id, is_active: false, status: 'revoked' })
  expect((await call(latchkey, secret)).status).toBe(401)
  expect((await post(`/api/api-keys/${id}/revoke`, {})).body).toEqual(first.body)
})

test('DELETE /api/api-keys/{key_id} takes the key and its logs', async () => {
  const { id, secret } = await latchkey.createKey()
  await call(latchkey, secret)
  const { status, body } = await rest(latchkey, 'DELETE', `/api/api-keys/${id}`)
  expect([status, body]).toEqual([200, { id, deleted: true }])
  expect((await call(latchkey, secret)).status).toBe(401)
  const logs = await get('/api/api-logs?page_size=100')
  expect(logs.body.logs.filter((log: { api_key_id: number }) => log.api_key_id === id)).toEqual([])
  for (const path of ['', '/revoke', '/stats', '/logs']) {
    const method = path === '' ? 'DELETE' : path === '/revoke' ? 'POST' : 'GET'
    const again = await rest(latchkey, method, `/api/api-keys/${id}${path}`)
    expect([path, again.status, again.body.error.code, again.body.error.param]).toEqual([
      path,
      404,
      'NOT_FOUND',
      'key_id',
    ])
  }
})

describe('GET /api/api-keys/{key_id}/stats', () => {
  test('adds up the last days', async () => {
    nowMs = Date.now()
    const { id, secret } = await latchkey.createKey()
    for (let i = 0; i < 3; i++) await call(latchkey, secret)
    await call(latchkey, secret, { model: null })
    const { status, body } = await get(`/api/api-keys/${id}/stats`)
    expect(status).toBe(200)
    expect(body).toEqual({
      period_days: 30,
      total_calls: 4,
      successful_calls: 3,
      failed_calls: 1,
      success_rate: 75,
      avg_response_time: expect.any(Number),
      denied_calls: 1,
      error_calls: 0,
      cancelled_calls: 0,
      interrupted_calls: 0,
      admitted_success_rate: 100,
      by_model: [
        { model: 'echo', calls: 3, avg_response_time: expect.any(Number) },
        // A model that does not exist is not counted by the name that a client made up.
        { model: null, calls: 1, avg_response_time: expect.any(Number) },
      ],
    })
    nowMs = Date.now() + 2 * DAY
    expect((await get(`/api/api-keys/${id}/stats?days=1`)).body).toEqual({
      period_days: 1,
      total_calls: 0,
      successful_calls: 0,
      failed_calls: 0,
      success_rate: null,
      avg_response_time: null,
      denied_calls: 0,
      error_calls: 0,
      cancelled_calls: 0,
      interrupted_calls: 0,
      admitted_success_rate: null,
      by_model: [],
    })
  })

  test.for([
    ['days=0', 'days'],
    ['days=3651', 'days'],
    ['days=-1', 'days'],
    ['days=1.5', 'days'],
    ['days=', 'days'],
    ['days=thirty', 'days'],
    ['days=1&days=2', 'days'],
    ['day=1', 'day'],
  ])('?%s is refused', async ([query, param]) => {
    const { id } = await latchkey.createKey()
    const { status, body } = await get(`/api/api-keys/${id}/stats?${query}`)
    expect([status, body.error.code, body.error.param]).toEqual([400, 'BAD_USER_INPUT', param])
  })
})

test.for(['0', '-1', '01', 'abc', '1.5', '2147483648', '99999999999', '%00', "1'--"])(
  'a key_id of %s is refused',
  async (keyId) => {
    const { status, body } = await get(`/api/api-keys/${keyId}/stats`)
    expect([status, body.error]).toEqual([
      400,
      { code: 'BAD_USER_INPUT', message: 'key_id must be the integer id of an API key.', param: 'key_id' },
    ])
  },
)

test('other methods and paths get an error that lists what exists', async () => {
  const wrong: [string, string, string][] = [
    ['PUT', '/api/api-keys', 'GET, POST'],
    ['GET', '/api/api-keys/1', 'DELETE'],
    ['GET', '/api/api-keys/1/revoke', 'POST'],
    ['POST', '/api/api-keys/1/stats', 'GET'],
    ['DELETE', '/api/api-logs', 'GET'],
  ]
  for (const [method, path, allow] of wrong) {
    const { status, headers } = await rest(latchkey, method, path)
    expect([path, status, headers.get('allow')]).toEqual([path, 405, allow])
  }
  for (const path of [
    '/api',
    '/api/',
    '/api/nothing',
    '/api/api-keys/',
    '/api/api-keys/1/nothing',
    '/api//api-logs',
  ]) {
    expect([path, (await get(path)).status]).toEqual([path, 404])
  }
  expect((await get('/api/api-keys?page=1')).body.error).toEqual({
    code: 'BAD_USER_INPUT',
    message: 'This path has no parameter "page". It takes none.',
    param: 'page',
  })
})
