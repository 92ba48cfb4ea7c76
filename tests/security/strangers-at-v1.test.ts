// What strangers, who have no key that is known here, can do at /v1: fill the log, and guess.

import { findRequestLogs } from '@latchkey/server/ledger/logs/request-logs.ts'
import { reportUsage } from '@latchkey/server/ledger/usage/usage-report.ts'
import { verifyLedger } from '@latchkey/server/ledger/verify/verify.ts'
import { openStore } from '@latchkey/server/store/open-store.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openRealtime } from '../support/clients/realtime-client.ts'
import { chat, errorOf } from '../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'

const WRONG = '00000000-0000-4000-8000-000000000000'

let latchkey: TestLatchkey
beforeEach(async () => {
  latchkey = await startLatchkey({ env: { LATCHKEY_TRUSTED_PROXIES: '127.0.0.1' } })
})
afterEach(() => latchkey.close())

const from = (address: string) => ({ headers: { 'x-forwarded-for': address } })

/** A call on each front of the gateway, and each kind of a credential that is none. */
const STRANGERS: readonly [string, (address: string) => Promise<number>][] = [
  [
    'a key that is unknown, on the fast lane',
    async (ip) => (await chat(latchkey, WRONG, {}, from(ip))).status,
  ],
  [
    'another key at each call',
    async (ip) => (await chat(latchkey, crypto.randomUUID(), {}, from(ip))).status,
  ],
  ['a key of OpenAI', async (ip) => (await chat(latchkey, 'sk-proj-abc', {}, from(ip))).status],
  ['no key', async (ip) => (await fetch(`${latchkey.url}/v1/models`, from(ip))).status],
  [
    'no key, at a path of its own at each call',
    async (ip) => (await fetch(`${latchkey.url}/v1/files/${crypto.randomUUID()}`, from(ip))).status,
  ],
  [
    'a WebSocket',
    async (ip) => {
      const error = await openRealtime(latchkey, WRONG, from(ip)).then(
        () => null,
        (refusal: Error) => refusal,
      )
      return Number(error?.message.match(/\d{3}$/)?.[0])
    },
  ],
]

async function many(count: number, call: (n: number) => Promise<number>): Promise<number[]> {
  const statuses: number[] = []
  for (let n = 0; n < count; n += 20)
    statuses.push(...(await Promise.all(Array.from({ length: 20 }, (_, at) => call(n + at)))))
  return statuses
}

test.for([
  ...STRANGERS,
  [
    'an unknown path',
    async (ip: string) => (await fetch(`${latchkey.url}/v1/${crypto.randomUUID()}`, from(ip))).status,
  ] as const,
])('strangers do not fill the log, and each of their calls is counted: %s', async ([, call]) => {
  await many(200, () => call('203.0.113.9'))
  await latchkey.app.close(1_000, 0)
  const store = await openStore(latchkey.database)
  const rows = await findRequestLogs(store, {}, { limit: 1_000 })
  expect(rows.length).toBeGreaterThan(10)
  // A minute may have ended meanwhile.
  expect(rows.length).toBeLessThan(90)
  const { totals } = await reportUsage(store, { fromMs: null, toMs: null })
  expect(totals.calls).toBe(200)
  expect((await verifyLedger(store)).disagreements).toEqual([])
  await store.close()
})

describe('failed authentication is throttled', () => {
  test.for(STRANGERS)('%s', async ([, call]) => {
    const statuses = await many(100, () => call('203.0.113.9'))
    expect(statuses.slice(0, 20)).not.toContain(429)
    expect(statuses.slice(-20)).not.toContain(401)
  })

  test('in the shape of OpenAI, with Retry-After, and is logged', async () => {
    await many(100, async () => (await chat(latchkey, WRONG, {}, from('203.0.113.9'))).status)
    const refused = await chat(latchkey, WRONG, {}, from('203.0.113.9'))
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(refused.headers.get('x-should-retry')).toBe('false')
    expect(await errorOf(refused)).toMatchObject({ code: 'authentication_throttled' })
  })

  test.for([
    ['one address', '203.0.113.9', '203.0.113.9', true],
    ['another address', '203.0.113.9', '203.0.113.10', false],
    ['one /64', '2001:db8::1', '2001:db8::ffff:1', true],
    ['another /48', '2001:db8::1', '2001:db8:1::1', false],
  ] as const)('by network: %s', async ([, first, second, throttled]) => {
    await many(100, async () => (await chat(latchkey, WRONG, {}, from(first))).status)
    expect((await chat(latchkey, WRONG, {}, from(second))).status).toBe(throttled ? 429 : 401)
  })

  test('but never a valid key of the same network', async () => {
    const { secret } = await latchkey.createKey()
    const call = (sent: string) => chat(latchkey, sent, { model: 'echo' }, from('203.0.113.9'))
    await many(100, async () => (await call(WRONG)).status)
    expect((await call(WRONG)).status).toBe(429)
    expect((await call(secret)).status).toBe(200)
    // Also one that is not in memory yet.
    const fresh = await latchkey.createKey()
    expect((await call(fresh.secret)).status).toBe(200)
  })
})
