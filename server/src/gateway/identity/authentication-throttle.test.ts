import { expect, test } from 'vitest'
import { callError } from '../../domain/errors.ts'
import { createAuthenticationThrottle } from './authentication-throttle.ts'

let nowMs = 0
const UNKNOWN = callError('invalid_api_key')

/** How many failures in a row are refused as what they are. */
function failuresOf(addresses: (n: number) => string | null, error = UNKNOWN): number {
  const throttle = createAuthenticationThrottle(() => nowMs)
  for (let n = 0; n < 1_000; n++)
    if (throttle.refusalOf(error, addresses(n)).code === 'authentication_throttled') return n
  return 1_000
}

test.for([
  ['one address', () => '203.0.113.9', 60],
  ['no known address', () => null, 60],
  ['one IPv4 address, as IPv6 has it', (n: number) => (n % 2 ? '::ffff:203.0.113.9' : '203.0.113.9'), 60],
  ['a /64', (n: number) => `2001:db8::${n}`, 60],
  ['a /56', (n: number) => `2001:db8:0:${(n % 256).toString(16)}::1`, 120],
  ['a /48', (n: number) => `2001:db8:0:${((n % 256) * 256).toString(16)}::1`, 240],
  ['addresses that have nothing in common', (n: number) => `10.0.${n >> 8}.${n & 255}`, 1_000],
] as const)('%s', ([, addresses, failures]) => {
  expect(failuresOf(addresses)).toBe(failures)
})

test('calls without a key count too, and no other error does', () => {
  const address = () => '203.0.113.9'
  expect(failuresOf(address, callError('api_key_missing'))).toBe(60)
  expect(failuresOf(address, callError('key_store_unavailable'))).toBe(1_000)
})

test('after a minute there are attempts again, as Retry-After says', () => {
  const throttle = createAuthenticationThrottle(() => nowMs)
  const refuse = () => throttle.refusalOf(UNKNOWN, '203.0.113.9')
  for (let n = 0; n < 60; n++) expect(refuse().code).toBe('invalid_api_key')
  nowMs += 20_000
  expect(refuse()).toMatchObject({ code: 'authentication_throttled', retryAfterMs: 40_000 })
  nowMs += 39_999
  expect(refuse().retryAfterMs).toBe(1)
  nowMs += 1
  expect(refuse().code).toBe('invalid_api_key')
})

test('failures at other workers count as its own, and it tells of those that it does not refuse as too many', () => {
  const reported: (string | null)[] = []
  const throttle = createAuthenticationThrottle(
    () => 1_000,
    (clientIp) => reported.push(clientIp),
  )
  for (let n = 0; n < 40; n++) throttle.noteElsewhere('203.0.113.9')
  expect(reported).toEqual([])
  for (let n = 0; n < 30; n++) throttle.refusalOf(UNKNOWN, '203.0.113.9')
  expect(reported).toEqual(Array(20).fill('203.0.113.9'))
  expect(throttle.refusalOf(UNKNOWN, '203.0.113.10').code).toBe('invalid_api_key')
})
