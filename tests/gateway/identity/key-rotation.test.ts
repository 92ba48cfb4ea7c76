// Rotation: a key's new secret, the grace of the one before, and what the log says of either.
import { inspect } from 'node:util'
import { Latchkey, UserInputError } from '@latchkey/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chat, errorOf } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logOf } from '../../support/server/request-logs.ts'

const DAY_S = 86_400

let nowMs = Date.parse('2026-11-22T10:00:00.000Z')
let latchkey: TestLatchkey
let keys: Latchkey['keys']

beforeAll(async () => {
  latchkey = await startLatchkey({ clock: () => nowMs })
  keys = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken }).keys
})
afterAll(() => latchkey.close())

const make = (fields: object = {}) => keys.create({ name: 'rotated', keepEncryptedCopy: false, ...fields })
const at = (ms: number) => new Date(ms).toISOString()

/** The response to a call with this secret, and its request log. */
async function used(secret: string) {
  const response = await chat(latchkey, secret, { model: 'echo' })
  const { apiKeyId, usedSecret, outcome, errorCode } = await logOf(latchkey, response)
  return { status: response.status, apiKeyId, usedSecret, outcome, errorCode }
}

const current = (apiKeyId: number) => ({
  status: 200,
  apiKeyId,
  usedSecret: null,
  outcome: 'SUCCESS',
  errorCode: null,
})
const former = (apiKeyId: number) => ({ ...current(apiKeyId), usedSecret: 'FORMER' })
const replaced = (apiKeyId: number, errorCode = 'api_key_replaced') => ({
  status: 401,
  apiKeyId,
  usedSecret: 'REPLACED',
  outcome: 'DENIED',
  errorCode,
})
const unknown = {
  status: 401,
  apiKeyId: null,
  usedSecret: null,
  outcome: 'DENIED',
  errorCode: 'invalid_api_key',
}

const rejection = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) =>
      error instanceof UserInputError ? error.userErrors.map(({ code, field }) => [code, field]) : error,
  )

describe('both secrets', () => {
  test('work in the grace, and the old one until its last instant, although it is known', async () => {
    const { apiKey, secret } = await make()
    expect(await used(secret)).toEqual(current(apiKey.number))
    const rotated = await keys.rotate(apiKey.id)
    expect(rotated.formerSecretExpiresAt).toBe(at(nowMs + DAY_S * 1_000))
    expect(rotated.apiKey).toEqual({
      ...apiKey,
      start: rotated.secret.slice(0, 8),
      formerSecretExpiresAt: rotated.formerSecretExpiresAt,
      // The calls so far are still its own.
      lastUsedAt: expect.any(String),
      usageCount: 1,
      updatedAt: at(nowMs),
      version: apiKey.version + 1,
    })
    for (let n = 0; n < 2; n++) {
      expect(await used(rotated.secret)).toEqual(current(apiKey.number))
      expect(await used(secret)).toEqual(former(apiKey.number))
    }
    nowMs += DAY_S * 1_000 - 1
    expect(await used(secret)).toEqual(former(apiKey.number))
    nowMs += 1
    const denied = await chat(latchkey, secret, { model: 'echo' })
    expect([denied.status, denied.headers.get('x-should-retry')]).toEqual([401, 'false'])
    expect(await errorOf(denied)).toEqual({
      type: 'invalid_request_error',
      code: 'invalid_api_key',
      param: null,
      message: expect.stringContaining('has been replaced'),
    })
    expect(await used(secret)).toEqual(replaced(apiKey.number))
    expect(await used(rotated.secret)).toEqual(current(apiKey.number))
    // Who has not been given the new one.
    const { data: found } = await latchkey.graphql(
      `query ($id: ID!) { requestLogs(filter: { apiKeyId: [$id], usedSecret: [FORMER] }) { nodes { usedSecret outcome } } }`,
      { id: apiKey.id },
    )
    expect(found.requestLogs.nodes).toEqual(Array(3).fill({ usedSecret: 'FORMER', outcome: 'SUCCESS' }))
    // As the admin sees it.
    const { data } = await latchkey.graphql(
      '{ requestLogs(first: 2) { nodes { usedSecret apiKey { start } errorCode } } }',
    )
    const start = rotated.secret.slice(0, 8)
    expect(data.requestLogs.nodes).toEqual([
      { usedSecret: null, apiKey: { start }, errorCode: null },
      { usedSecret: 'REPLACED', apiKey: { start }, errorCode: 'api_key_replaced' },
    ])
  })

  test('are the key: key info says until when the former one works, and its limits count both', async () => {
    const { apiKey, secret } = await make({
      policy: { limits: [{ unit: 'REQUESTS', window: 'DAY', max: 3 }] },
    })
    expect((await used(secret)).status).toBe(200)
    const rotated = await keys.rotate(apiKey.id, { graceSeconds: 60 })
    const view = async (sent: string) =>
      (await fetch(`${latchkey.url}/v1/key`, { headers: { 'x-api-key': sent } })).json()
    expect(await view(secret)).toMatchObject({ id: apiKey.id, secret_expires_at: at(nowMs + 60_000) })
    expect(await view(rotated.secret)).toMatchObject({ id: apiKey.id, secret_expires_at: null })
    const statuses: number[] = []
    for (const sent of [rotated.secret, secret, rotated.secret, secret])
      statuses.push((await used(sent)).status)
    expect(statuses).toEqual([200, 200, 429, 429])
  })

  test('are two at most: rotated again, the older stops at once', async () => {
    const { apiKey, secret: first } = await make()
    const { secret: second } = await keys.rotate(apiKey.id)
    expect(await used(first)).toEqual(former(apiKey.number))
    const { secret: third } = await keys.rotate(apiKey.id, { expectedVersion: 2 })
    expect(await Promise.all([first, second, third].map(used))).toEqual([
      unknown,
      former(apiKey.number),
      current(apiKey.number),
    ])
  })

  test('stop where the key stops, and say so first', async () => {
    const { apiKey, secret } = await make()
    const { secret: next } = await keys.rotate(apiKey.id, { graceSeconds: 60 })
    await keys.disable(apiKey.id)
    expect([(await used(secret)).errorCode, (await used(next)).errorCode]).toEqual([
      'api_key_disabled',
      'api_key_disabled',
    ])
    nowMs += 60_000
    // To enable the key would not help who sends this one.
    expect(await used(secret)).toEqual(replaced(apiKey.number))
    await keys.revoke(apiKey.id)
    expect(await used(secret)).toEqual(replaced(apiKey.number, 'api_key_revoked'))
    await keys.delete(apiKey.id)
    expect(await Promise.all([secret, next].map(used))).toEqual([unknown, unknown])
  })
})

describe('the old secret stops at once', () => {
  test('without a grace', async () => {
    const { apiKey, secret } = await make()
    expect((await used(secret)).status).toBe(200)
    const rotated = await keys.rotate(apiKey.id, { graceSeconds: 0 })
    expect(rotated.formerSecretExpiresAt).toBe(at(nowMs))
    expect(await used(secret)).toEqual(replaced(apiKey.number))
    expect(await used(rotated.secret)).toEqual(current(apiKey.number))
  })

  test('when its grace is ended, which changes nothing where it is over', async () => {
    const { apiKey, secret } = await make()
    expect(await keys.stopFormerSecret(apiKey.id)).toEqual(apiKey)
    const { secret: next } = await keys.rotate(apiKey.id)
    expect((await used(secret)).status).toBe(200)
    const stopped = await keys.stopFormerSecret(apiKey.id)
    expect(stopped).toMatchObject({ formerSecretExpiresAt: at(nowMs), version: 3 })
    expect(await used(secret)).toEqual(replaced(apiKey.number))
    expect(await used(next)).toEqual(current(apiKey.number))
    nowMs += 1
    expect(await keys.stopFormerSecret(apiKey.id)).toMatchObject({ formerSecretExpiresAt: at(nowMs - 1) })
    expect(await rejection(keys.stopFormerSecret('key_999999'))).toEqual([['NOT_FOUND', ['input', 'id']]])
  })

  test('when the key expires, whose grace is no longer than itself', async () => {
    const { apiKey, secret } = await make({ expiresInDays: 1 })
    const { formerSecretExpiresAt } = await keys.rotate(apiKey.id, { graceSeconds: 30 * DAY_S })
    expect(formerSecretExpiresAt).toBe(apiKey.expiresAt)
    nowMs += DAY_S * 1_000
    expect(await used(secret)).toEqual(replaced(apiKey.number, 'api_key_expired'))
    // A key that lives on does not bring it back.
    await keys.update(apiKey.id, { expiresAt: null })
    expect(await used(secret)).toEqual(replaced(apiKey.number))
  })
})

test('an encrypted copy is of the secret in force or of none', async () => {
  const { apiKey, secret } = await make({ keepEncryptedCopy: true })
  expect(await keys.reveal(apiKey.id)).toBe(secret)
  const kept = await keys.rotate(apiKey.id, { keepEncryptedCopy: true })
  expect(kept.apiKey.hasEncryptedCopy).toBe(true)
  expect(await keys.reveal(apiKey.id)).toBe(kept.secret)
  expect((await keys.rotate(apiKey.id)).apiKey.hasEncryptedCopy).toBe(false)
  expect(await rejection(keys.reveal(apiKey.id))).toEqual([['NOT_FOUND', ['input', 'id']]])
})

test('refuses what cannot be rotated, and changes nothing then', async () => {
  const { apiKey } = await make()
  const disconnected = await make()
  await keys.revoke(disconnected.apiKey.id)
  const expired = await make({ expiresInDays: 1 })
  nowMs += DAY_S * 1_000
  for (const [id, input, code, field] of [
    [apiKey.id, { graceSeconds: -1 }, 'OUT_OF_RANGE', 'graceSeconds'],
    [apiKey.id, { graceSeconds: 30 * DAY_S + 1 }, 'OUT_OF_RANGE', 'graceSeconds'],
    [apiKey.id, { expectedVersion: 7 }, 'STALE', 'expectedVersion'],
    [disconnected.apiKey.id, {}, 'IMMUTABLE', 'id'],
    [expired.apiKey.id, {}, 'IMMUTABLE', 'id'],
    ['key_999999', {}, 'NOT_FOUND', 'id'],
    ['none', {}, 'INVALID', 'id'],
  ] as const) {
    expect(await rejection(keys.rotate(id, input)), JSON.stringify([id, input])).toEqual([
      [code, ['input', field]],
    ])
  }
  expect(await keys.get(apiKey.id)).toEqual(apiKey)
})

test('of 20 who rotate what they have seen, one does', async () => {
  const { apiKey } = await make()
  const results = await Promise.all(
    Array.from({ length: 20 }, () => rejection(keys.rotate(apiKey.id, { expectedVersion: apiKey.version }))),
  )
  expect(results.filter((result) => result === null)).toHaveLength(1)
  expect(results.filter(Boolean)).toEqual(Array(19).fill([['STALE', ['input', 'expectedVersion']]]))
  expect((await keys.get(apiKey.id)).version).toBe(2)
})

test('leaves a trail, and the secret in none of it', async () => {
  const { apiKey, secret } = await make()
  const rotated = await keys.rotate(apiKey.id, { keepEncryptedCopy: true })
  await keys.stopFormerSecret(apiKey.id)
  const { prisma } = latchkey.app.store
  const events = await prisma.auditEvent.findMany({ where: { targetId: apiKey.id }, orderBy: { id: 'asc' } })
  expect(events.map(({ action, changes }) => [action, JSON.parse(changes ?? 'null')])).toEqual([
    ['api_key.create', expect.any(Array)],
    [
      'api_key.rotate',
      [
        { path: 'secret', before: null, after: null, redacted: true },
        { path: 'start', before: secret.slice(0, 8), after: rotated.secret.slice(0, 8) },
        { path: 'formerSecretExpiresAt', before: null, after: rotated.formerSecretExpiresAt },
      ],
    ],
    ['api_key.stop_former_secret', [expect.objectContaining({ path: 'formerSecretExpiresAt' })]],
  ])
  const rows = inspect([await prisma.apiKey.findMany(), events], { depth: 9 })
  for (const sent of [secret, rotated.secret]) expect(rows).not.toContain(sent.slice(9))
})
