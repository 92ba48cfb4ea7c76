// A secret of the playground calls as its key, for minutes and at the few paths that the playground uses: by the key's rules, for its
// account, and for as long as the key may call.
import { Latchkey, UserInputError } from '@latchkey/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chat, errorOf, post } from '../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { logOf } from '../support/server/request-logs.ts'
import { makeRuledKey } from '../support/server/ruled-keys.ts'

const LIFETIME_MS = 15 * 60_000

let nowMs = Date.parse('2026-11-22T10:00:00.000Z')
let latchkey: TestLatchkey
let keys: Latchkey['keys']
beforeAll(async () => {
  latchkey = await startLatchkey({ clock: () => nowMs })
  keys = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken }).keys
})
afterAll(() => latchkey.close())

const ruled = (policy: Record<string, unknown> | null = null) => makeRuledKey(latchkey, policy)
const secretOf = async ({ id }: { id: string }) => (await keys.createPlaygroundSecret(id)).secret
const call = (secret: string) => chat(latchkey, secret, { model: 'echo' })

test('its calls are those of its key, and are told by a tag', async () => {
  const key = await ruled()
  const secret = await secretOf(key)
  expect(secret).toMatch(/^ek_lk_[\w-]{43}$/)
  const tagged = { headers: { 'x-latchkey-tags': 'source=app,team=blue' } }
  const response = await chat(latchkey, secret, { model: 'echo', stream: true }, tagged)
  expect(response.status).toBe(200)
  expect(await response.text()).toContain('data: [DONE]')
  expect(await logOf(latchkey, response)).toMatchObject({
    apiKeyId: key.number,
    outcome: 'SUCCESS',
    usedSecret: null,
    tags: 'source=playground,team=blue',
  })
  expect(await keys.get(key.id)).toMatchObject({ usageCount: 1 })
  expect((await logOf(latchkey, await call(key.secret))).tags).toBeNull()
})

test('its calls count for the limits of its key, together with the others', async () => {
  const key = await ruled({
    limits: [{ unit: 'REQUESTS', window: 'DAY', max: 2 }],
    models: { allow: ['echo'] },
  })
  const secret = await secretOf(key)
  expect((await call(secret)).status).toBe(200)
  expect((await call(key.secret)).status).toBe(200)
  const denied = await call(secret)
  expect([denied.status, (await logOf(latchkey, denied)).errorCode]).toEqual([429, 'request_limit_reached'])
  const other = await chat(latchkey, secret, { model: 'gpt-5' })
  expect((await logOf(latchkey, other)).errorCode).toBe('model_not_allowed')
})

test('it works until it expires, and each of two by itself', async () => {
  const key = await ruled()
  const { secret, expiresAt } = await keys.createPlaygroundSecret(key.id)
  expect(Date.parse(expiresAt)).toBe(nowMs + LIFETIME_MS)
  nowMs += LIFETIME_MS - 1
  const second = await secretOf(key)
  expect((await call(secret)).status).toBe(200)
  nowMs += 1
  const expired = await call(secret)
  expect([expired.status, (await errorOf(expired)).code]).toEqual([401, 'invalid_api_key'])
  expect((await call(second)).status).toBe(200)
})

const ENDS: [string, (id: string) => Promise<unknown>, string, string | null][] = [
  ['revoked', (id) => keys.revoke(id), 'api_key_revoked', 'REVOKED'],
  ['disabled', (id) => keys.disable(id), 'api_key_disabled', 'DISABLED'],
  [
    'past its expiry',
    async (id) => {
      await keys.update(id, { expiresAt: new Date(nowMs + 1_000).toISOString() })
      nowMs += 1_000
    },
    'api_key_expired',
    'EXPIRED',
  ],
  ['rotated without grace', (id) => keys.rotate(id, { graceSeconds: 0 }), 'api_key_replaced', null],
]

test.for(ENDS)('it works no more once its key is %s', async ([, end, code, status]) => {
  const key = await ruled()
  const secret = await secretOf(key)
  expect((await call(secret)).status).toBe(200)
  await end(key.id)
  const refused = await call(secret)
  expect([refused.status, (await logOf(latchkey, refused)).errorCode]).toEqual([401, code])
  // Nor is another one made of a key that may not call.
  const again = keys.createPlaygroundSecret(key.id)
  if (status === null) return expect((await call((await again).secret)).status).toBe(200)
  const error = await again.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(UserInputError)
  expect((error as UserInputError).userErrors).toMatchObject([{ code: 'INVALID', field: ['input', 'id'] }])
  expect((error as UserInputError).message).toContain(status)
})

test.for([
  ['GET', '/v1/models'],
  ['GET', '/v1/chat/completions'],
  ['DELETE', '/v1/audio/transcriptions'],
  ['GET', '/v1/key'],
  ['GET', '/v1/key/logs'],
  ['POST', '/v1/key/rotate'],
  ['POST', '/v1/responses'],
  ['POST', '/v1/embeddings'],
  ['POST', '/v1/files'],
  ['POST', '/v1/batches'],
  ['POST', '/v1/realtime/client_secrets'],
  ['POST', '/v1/realtime/calls'],
] as const)('it is no credential for %s %s', async ([method, path]) => {
  const secret = await secretOf(await ruled({ selfRotation: true }))
  const body = method === 'POST' ? '{"model":"echo"}' : null
  const response = await post(latchkey, secret, path, body, { method })
  expect([response.status, (await errorOf(response)).code]).toEqual([401, 'invalid_api_key'])
})

test('one that nobody has made is refused, and so is the secret itself in another spelling', async () => {
  const secret = await secretOf(await ruled())
  for (const sent of [
    `ek_lk_${'0'.repeat(43)}`,
    'ek_lk_',
    secret.toUpperCase(),
    `${secret}0`,
    `sk-${secret}`,
  ])
    expect((await call(sent)).status, sent).toBe(401)
})

test('the trail says who has made it, and nothing that is kept has it', async () => {
  const key = await ruled()
  const secret = await secretOf(key)
  const event = await latchkey.app.store.prisma.auditEvent.findFirst({ orderBy: { id: 'desc' } })
  expect(event).toMatchObject({
    action: 'api_key.create_playground_secret',
    targetId: key.id,
    actorType: 'ADMIN_TOKEN',
  })
  expect(JSON.stringify(event, (_, value) => String(value))).not.toContain(secret)
  expect(await latchkey.app.store.prisma.clientSecret.count()).toBe(0)
})
