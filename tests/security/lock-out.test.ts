// Nobody's failed sign-ins keep an admin out for long, and never out of a browser that has signed in before.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cookieOf, graphql, PASSWORD, SIGN_IN } from '../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'

let latchkey: TestLatchkey
let nowMs = Date.parse('2026-11-22T00:00:00Z')
beforeAll(async () => {
  latchkey = await startLatchkey({
    env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD, LATCHKEY_TRUSTED_PROXIES: '127.0.0.1' },
    clock: () => nowMs,
  })
})
afterAll(() => latchkey.close())

async function signInFrom(address: string, password: string, cookie?: string) {
  const as = { headers: { 'x-forwarded-for': address }, ...(cookie === undefined ? {} : { cookie }) }
  const response = await graphql(latchkey, SIGN_IN, { input: { username: 'admin', password } }, as)
  return { response, code: response.data.signIn.userErrors[0]?.code ?? 'SIGNED_IN' }
}

function deviceOf(response: { headers: Headers }): string {
  const [, device] = response.headers.getSetCookie()
  return device?.split(';')[0] ?? ''
}

test('guesses from all of a /56 or a /48 lock no other network out', async () => {
  for (const block of ['2001:db8:1:ab', '2001:db8:2:']) {
    nowMs += 600_000
    const codes: string[] = []
    for (let i = 0; i < 60; i++) {
      const subnet = i.toString(16).padStart(2, '0')
      codes.push((await signInFrom(`${block}${subnet}::1`, 'wrong')).code)
    }
    expect(codes.filter((code) => code === 'WRONG_CREDENTIALS')).toHaveLength(10)
    expect((await signInFrom('198.51.100.1', PASSWORD)).code).toBe('SIGNED_IN')
  }
})

test('a browser that has signed in before gets in while guesses from everywhere lock the account', async () => {
  nowMs += 600_000
  const { response } = await signInFrom('198.51.100.1', PASSWORD)
  const device = deviceOf(response)
  for (let i = 0; i < 110; i++) await signInFrom(`203.0.${i}.1`, 'wrong')
  for (let i = 0; i < 5; i++) await signInFrom('198.51.100.1', 'wrong')
  expect((await signInFrom('192.0.2.1', PASSWORD)).code).toBe('THROTTLED')
  expect((await signInFrom('198.51.100.1', PASSWORD)).code).toBe('THROTTLED')
  expect((await signInFrom('198.51.100.1', PASSWORD, device)).code).toBe('SIGNED_IN')
  // It grants no access by itself, and allows no more guesses than anyone has.
  const { data } = await graphql(latchkey, '{ viewer { name } }', {}, { cookie: device })
  expect(data).toEqual({ viewer: null })
  const codes: string[] = []
  for (let i = 0; i < 6; i++) codes.push((await signInFrom('198.51.100.1', 'wrong', device)).code)
  expect(codes).toEqual([...Array(5).fill('WRONG_CREDENTIALS'), 'THROTTLED'])
})

test.for([
  ['cut', (device: string) => device.slice(0, -1)],
  ['of another time', (device: string) => device.replace(/=\d/, '=9')],
  [
    'of another id',
    (device: string) => device.replace(/\.(.)/, (_, first) => `.${first === 'A' ? 'B' : 'A'}`),
  ],
  ['made up', () => `latchkey_device=1700000000.${'a'.repeat(22)}.${'b'.repeat(43)}`],
  ['20,000 characters long', () => `latchkey_device=${'a'.repeat(20_000)}`],
] as const)('a device cookie that is %s is that of no known device', async ([, change]) => {
  nowMs += 600_000
  const { response } = await signInFrom('198.51.100.1', PASSWORD)
  expect(cookieOf(response)).toMatch(/^latchkey_session=/)
  const device = change(deviceOf(response))
  for (let i = 0; i < 5; i++) await signInFrom('198.51.100.1', 'wrong')
  expect((await signInFrom('198.51.100.1', PASSWORD, device)).code).toBe('THROTTLED')
})

test('a device cookie works for 180 days', async () => {
  nowMs += 600_000
  const device = deviceOf((await signInFrom('198.51.100.1', PASSWORD)).response)
  for (const [days, code] of [
    [179, 'SIGNED_IN'],
    [1, 'THROTTLED'],
  ] as const) {
    nowMs += days * 86_400_000
    for (let i = 0; i < 5; i++) await signInFrom('198.51.100.1', 'wrong')
    expect((await signInFrom('198.51.100.1', PASSWORD, device)).code).toBe(code)
  }
})
