// What strangers, who have no key that is known here, can do at /v1: fill the log.

import { findRequestLogs } from '@latchkey/server/ledger/logs/request-logs.ts'
import { reportUsage } from '@latchkey/server/ledger/usage/usage-report.ts'
import { verifyLedger } from '@latchkey/server/ledger/verify/verify.ts'
import { openStore } from '@latchkey/server/store/open-store.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openRealtime } from '../support/clients/realtime-client.ts'
import { chat } from '../support/server/gateway-calls.ts'
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
