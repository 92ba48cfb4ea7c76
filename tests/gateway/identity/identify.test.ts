// Identification: every place of a key in a request, and everything that is no key.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseRaw, sendRaw } from '../../support/clients/raw-http.ts'
import { chat, errorOf } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logOf, requestLogs } from '../../support/server/request-logs.ts'

let latchkey: TestLatchkey
let nowMs = Date.now()
let secret = ''
let keyId = 0

beforeAll(async () => {
  latchkey = await startLatchkey({ clock: () => nowMs })
  const key = await latchkey.createKey()
  secret = key.secret
  keyId = key.id
})
afterAll(() => latchkey.close())

describe('lets a key in', () => {
  test.for([
    ['Authorization', (key: string) => ({ authorization: `Bearer ${key}` })],
    ['Authorization with sk-', (key: string) => ({ authorization: `Bearer sk-${key}` })],
    ['Authorization in upper case', (key: string) => ({ authorization: `BEARER ${key.toUpperCase()}` })],
    ['X-API-Key', (key: string) => ({ 'x-api-key': key })],
    ['X-API-Key with sk-', (key: string) => ({ 'X-API-KEY': `sk-${key}` })],
    ['api-key', (key: string) => ({ 'api-key': key })],
    ['x-goog-api-key', (key: string) => ({ 'x-goog-api-key': key })],
    ['X-API-Key beside another scheme', (key: string) => ({ authorization: 'Basic dTpw', 'x-api-key': key })],
  ] as const)('in %s', async ([, headers]) => {
    const response = await fetch(`${latchkey.url}/v1/models`, { headers: headers(secret) })
    expect(response.status).toBe(200)
    expect(await logOf(latchkey, response)).toMatchObject({ apiKeyId: keyId, outcome: 'SUCCESS' })
  })
})

describe('refuses', () => {
  test('a call without a key', async () => {
    const response = await fetch(`${latchkey.url}/v1/models`)
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    expect(response.headers.get('x-should-retry')).toBe('false')
    expect(await errorOf(response)).toMatchObject({
      type: 'invalid_request_error',
      code: null,
      message: expect.stringContaining("didn't provide an API key"),
    })
    expect(await logOf(latchkey, response)).toMatchObject({
      apiKeyId: null,
      outcome: 'DENIED',
      httpStatus: 401,
      errorCode: 'api_key_missing',
    })
  })

  test.for([
    ['another UUID', '00000000-0000-4000-8000-000000000000'],
    ['a key of OpenAI', 'sk-proj-abcdefghijklmnop'],
    ['half a key', '3f0c9a52'],
    ['SQL', `'OR'1'='1`],
    ['quotes and signs', `"\\';--/*`],
    ['thirty thousand characters', 'x'.repeat(30_000)],
  ] as const)('%s, repeating none of it', async ([, credential]) => {
    const response = await chat(latchkey, credential)
    expect(response.status).toBe(401)
    const error = await errorOf(response)
    expect(error).toMatchObject({ type: 'invalid_request_error', code: 'invalid_api_key', param: null })
    expect(JSON.stringify(error)).not.toContain(credential)
    const log = await logOf(latchkey, response)
    expect(log).toMatchObject({ apiKeyId: null, outcome: 'DENIED', errorCode: 'invalid_api_key' })
    expect(JSON.stringify(log)).not.toContain(credential)
  })

  test('NUL and other control characters in a header, before they reach anything', async () => {
    const before = (await requestLogs(latchkey)).length
    for (const sign of ['\u0000', '\u0001', '\u007f']) {
      const text = await sendRaw(
        latchkey.url,
        `GET /v1/models HTTP/1.1\r\nHost: x\r\nX-API-Key: a${sign}b\r\n\r\n`,
      )
      expect([400, 401]).toContain(parseRaw(text.replace('HTTP/1.1 401', 'HTTP/1.1 400')).status)
    }
    expect((await requestLogs(latchkey)).length - before).toBeLessThanOrEqual(1)
  })

  test('a revoked key on the next call', async () => {
    const key = await latchkey.createKey()
    expect((await chat(latchkey, key.secret, { model: 'echo' })).status).toBe(200)
    await asAdmin('POST', `/api/api-keys/${key.id}/revoke`)
    const response = await chat(latchkey, key.secret, { model: 'echo' })
    expect(response.status).toBe(401)
    expect(await errorOf(response)).toMatchObject({
      code: 'invalid_api_key',
      message: expect.stringContaining('revoked'),
    })
    expect(await logOf(latchkey, response)).toMatchObject({
      apiKeyId: key.id,
      outcome: 'DENIED',
      errorCode: 'api_key_revoked',
    })
  })

  test('an expired key from its last instant on', async () => {
    const key = await latchkey.createKey({ expires_days: 1 })
    nowMs += 86_400_000 - 1
    expect((await chat(latchkey, key.secret, { model: 'echo' })).status).toBe(200)
    nowMs += 1
    const response = await chat(latchkey, key.secret, { model: 'echo' })
    expect(response.status).toBe(401)
    expect(await errorOf(response)).toMatchObject({ message: expect.stringContaining('expired') })
    expect(await logOf(latchkey, response)).toMatchObject({ apiKeyId: key.id, errorCode: 'api_key_expired' })
  })

  test('a deleted key on the next call, whose logs are removed too', async () => {
    const key = await latchkey.createKey()
    await chat(latchkey, key.secret, { model: 'echo' })
    await asAdmin('DELETE', `/api/api-keys/${key.id}`)
    const response = await chat(latchkey, key.secret, { model: 'echo' })
    expect(response.status).toBe(401)
    expect(await errorOf(response)).toMatchObject({ code: 'invalid_api_key' })
    const logs = await requestLogs(latchkey)
    expect(logs.filter(({ apiKeyId }) => apiKeyId === key.id)).toEqual([])
  })
})

test('a key that was refused as unknown works from the moment it is made', async () => {
  // Made behind the gateway's back once the miss is remembered, then announced as every change is.
  const key = await latchkey.createKey()
  await asAdmin('POST', `/api/api-keys/${key.id}/revoke`)
  expect((await chat(latchkey, key.secret)).status).toBe(401)
  const fresh = await latchkey.createKey()
  expect((await chat(latchkey, fresh.secret, { model: 'echo' })).status).toBe(200)
})

test('counts what was admitted, and when it last was', async () => {
  const key = await latchkey.createKey()
  await chat(latchkey, key.secret, { model: 'echo' })
  const last = await chat(latchkey, key.secret, { model: 'echo' })
  // Denied: no use of the key.
  await chat(latchkey, key.secret, { model: '' })
  const log = await logOf(latchkey, last)
  const row = await latchkey.app.store.prisma.apiKey.findUniqueOrThrow({ where: { id: key.id } })
  expect(row.usageCount).toBe(2n)
  expect(row.lastUsedAt?.getTime()).toBe(Number.parseInt(log.id.slice(4, 16), 16))
})

async function asAdmin(method: string, path: string): Promise<void> {
  const response = await fetch(`${latchkey.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${latchkey.adminToken}` },
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
}
