import { expect, test } from 'vitest'
import { createSignInThrottle } from './sign-in-throttle.ts'

const IP = '203.0.113.7'

function of(username: string, ip: string, device: string | null = null) {
  return { username, ip, device }
}

test('lets five failures for an account through, then denies until the first is five minutes old', () => {
  const throttle = createSignInThrottle()
  for (let second = 0; second < 5; second++)
    expect(throttle.claim(of('admin', IP), second * 1_000)).toEqual({ ok: true })
  expect(throttle.claim(of('admin', IP), 5_000)).toEqual({ ok: false, retryAfterSeconds: 295 })
  expect(throttle.claim(of('admin', IP), 299_999)).toEqual({ ok: false, retryAfterSeconds: 1 })
  expect(throttle.claim(of('admin', IP), 300_000)).toEqual({ ok: true })
})

test('a refused attempt does not make the wait longer', () => {
  const throttle = createSignInThrottle()
  for (let i = 0; i < 5; i++) throttle.claim(of('admin', IP), 0)
  for (let i = 0; i < 100; i++) throttle.claim(of('admin', IP), 1_000)
  expect(throttle.claim(of('admin', IP), 300_000)).toEqual({ ok: true })
})

test('lets ten failures a minute through from one address, whatever the accounts', () => {
  const throttle = createSignInThrottle()
  for (let i = 0; i < 10; i++) expect(throttle.claim(of(`user${i}`, IP), 0).ok).toBe(true)
  expect(throttle.claim(of('another', IP), 1_000)).toEqual({ ok: false, retryAfterSeconds: 59 })
  expect(throttle.claim(of('another', IP), 60_000).ok).toBe(true)
})

test('addresses of one IPv6 /64 count as one', () => {
  const throttle = createSignInThrottle()
  for (let i = 0; i < 5; i++) throttle.claim(of('admin', `2001:db8::${i}`), 0)
  expect(throttle.claim(of('admin', '2001:db8::ffff'), 0).ok).toBe(false)
})

test('one attacker cannot keep the admin out: another address still gets in', () => {
  const throttle = createSignInThrottle()
  for (let i = 0; i < 1_000; i++) throttle.claim(of('admin', IP), i * 60)
  expect(throttle.claim(of('admin', '198.51.100.1'), 60_000)).toEqual({ ok: true })
})

test('guessing from many addresses is bounded too', () => {
  const throttle = createSignInThrottle()
  let letThrough = 0
  for (let i = 0; i < 250; i++) if (throttle.claim(of('admin', `198.51.100.${i}`), 0).ok) letThrough++
  expect(letThrough).toBe(100)
})

test('addresses of one /56 count as one, and of one /48: they lock no one out elsewhere', () => {
  for (const [networks, address, max] of [
    [256, (i: number) => `2001:db8:0:${i.toString(16)}::1`, 10],
    [60_000, (i: number) => `2001:db8:0:${i.toString(16)}::1`, 20],
  ] as const) {
    const throttle = createSignInThrottle()
    throttle.isAccount('admin')
    let passed = 0
    for (let i = 0; i < networks; i += networks / 100) {
      if (throttle.claim(of('admin', address(Math.floor(i))), 0).ok) passed++
    }
    expect(passed).toBe(max)
    expect(throttle.claim(of('admin', '2001:db8:1::1'), 0)).toEqual({ ok: true })
    expect(throttle.claim(of('admin', IP), 0)).toEqual({ ok: true })
  }
})

test('invented names evict no counter of an account', () => {
  const throttle = createSignInThrottle()
  for (let i = 0; i < 5; i++) throttle.claim(of('admin', IP), 0)
  throttle.isAccount('admin')
  for (let i = 0; i < 30_000; i++)
    throttle.claim(of(`name${i}`, `10.${i >> 14}.${(i >> 7) & 127}.${i & 127}`), 0)
  expect(throttle.claim(of('admin', IP), 60_000).ok).toBe(false)
})

test('a known device gets in whoever else guesses, and may guess no more itself', () => {
  const throttle = createSignInThrottle()
  throttle.isAccount('admin')
  for (let i = 0; i < 250; i++) throttle.claim(of('admin', `198.51.100.${i}`), 0)
  for (let i = 0; i < 20; i++) throttle.claim(of('admin', IP), 0)
  expect(throttle.claim(of('admin', IP), 0).ok).toBe(false)
  for (let i = 0; i < 5; i++) expect(throttle.claim(of('admin', IP, 'd1'), 0).ok).toBe(true)
  expect(throttle.claim(of('admin', IP, 'd1'), 0).ok).toBe(false)
})

test('a success forgets the failures of its account', () => {
  const throttle = createSignInThrottle()
  throttle.isAccount('admin')
  for (let i = 0; i < 5; i++) throttle.claim(of('admin', IP), 0)
  throttle.succeeded(of('admin', IP))
  for (let i = 0; i < 5; i++) expect(throttle.claim(of('admin', IP), 1).ok).toBe(true)
  expect(throttle.claim(of('admin', IP), 1).ok).toBe(false)
})
