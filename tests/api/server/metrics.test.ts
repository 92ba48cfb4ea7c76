import { afterAll, beforeAll, expect, test } from 'vitest'
import { startLatchkey, type TestLatchkey } from '../../support/latchkey.ts'

let latchkey: TestLatchkey
let secret = ''

beforeAll(async () => {
  latchkey = await startLatchkey()
  secret = (await latchkey.createKey()).secret
})
afterAll(() => latchkey.close())

const metrics = (headers: Record<string, string> = {}) => fetch(`${latchkey.url}/metrics`, { headers })

test('are refused to a stranger and to an API key', async () => {
  const asked: Record<string, string>[] = [{}, { authorization: `Bearer ${secret}` }]
  for (const headers of asked) {
    const response = await metrics(headers)
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
  }
})

test('count calls by outcome and report the state of the ledger, without a secret', async () => {
  const call = (key: string) =>
    fetch(`${latchkey.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'echo', messages: [] }),
    }).then((response) => response.text())
  await call(secret)
  await call(secret)
  await call('wrong')
  const response = await metrics({ authorization: `Bearer ${latchkey.adminToken}` })
  const text = await response.text()
  expect(response.headers.get('content-type')).toContain('text/plain')
  expect(text).toContain('latchkey_calls_total{outcome="SUCCESS"} 2')
  expect(text).toContain('latchkey_calls_total{outcome="DENIED"} 1')
  expect(text).toContain('latchkey_journal_writable 1')
  expect(text).toContain('latchkey_call_duration_seconds_count{outcome="SUCCESS"} 2')
  expect(text).toContain('latchkey_call_duration_seconds_bucket{le="+Inf",outcome="SUCCESS"} 2')
  expect(text).toMatch(/latchkey_call_duration_seconds_bucket\{le="81.92",outcome="SUCCESS"\} 2/)
  expect(text).toMatch(/latchkey_call_duration_seconds_sum\{outcome="SUCCESS"\} 0\.\d+/)
  expect(text).not.toContain(secret)
  expect(text).not.toContain(latchkey.adminToken)
})
