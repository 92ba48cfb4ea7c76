import { expect, test } from 'vitest'
import { createSignInThrottle } from './sign-in-throttle.ts'

const IP = '203.0.113.7'

test('lets five failures for an account through, then denies until the first is five minutes old', () => {
  const throttle = createSignInThrottle()
  for (let second = 0; second < 5; second++)
    expect(throttle.claim('admin', IP, second * 1_000)).toEqual({ ok: true })
  expect(throttle.claim('admin', IP, 5_000)).toEqual({ ok: false, retryAfterSeconds: 295 })
  expect(throttle.claim('admin', IP, 299_999)).toEqual({ ok: false, retryAfterSeconds: 1 })
  expect(throttle.claim('admin', IP, 300_000)).toEqual({ ok: true })
})

test('a refused attempt does not make the wait longer', () => {
  const throttle = createSignInThrottle()
  for (let i = 0; i < 5; i++) throttle.claim('admin', IP, 0)
  for (let i = 0; i < 100; i++) throttle.claim('admin', IP, 1_000)
  expect(throttle.claim('admin', IP, 300_000)).toEqual({ ok: true })
})

test('lets ten failures a minute through from one address, whatever the accounts', () => {
  const throttle = createSignInThrottle()
  for (let i = 0; i < 10; i++) expect(throttle.claim(`user${i}`, IP, 0).ok).toBe(true)
  expect(throttle.claim('another', IP, 1_000)).toEqual({ ok: false, retryAfterSeconds: 59 })
  expect(throttle.claim('another', IP, 60_000).ok).toBe(true)
})

test('addresses of one IPv6 /64 count as one', () => {
  const throttle = createSignInThrottle()
  for (let i = 0; i < 5; i++) throttle.claim('admin', `2001:db8::${i}`, 0)
  expect(throttle.claim('admin', '2001:db8::ffff', 0).ok).toBe(false)
})

test('one attacker cannot keep the admin out: another address still gets in', () => {
  const throttle = createSignInThrottle()
  for (let i = 0; i < 1_000; i++) throttle.claim('admin', IP, i * 60)
  expect(throttle.claim('admin', '198.51.100.1', 60_000)).toEqual({ ok: true })
})

test('guessing from many addresses is bounded too', () => {
  const throttle = createSignInThrottle()
  let letThrough = 0
  for (let i = 0; i < 250; i++) if (throttle.claim('admin', `198.51.100.${i}`, 0).ok) letThrough++
  expect(letThrough).toBe(100)
})

test('a success forgets the failures of its account', () => {
  const throttle = createSignInThrottle()
  for (let i = 0; i < 5; i++) throttle.claim('admin', IP, 0)
  throttle.succeeded('admin', IP)
  for (let i = 0; i < 5; i++) expect(throttle.claim('admin', IP, 1).ok).toBe(true)
  expect(throttle.claim('admin', IP, 1).ok).toBe(false)
})
