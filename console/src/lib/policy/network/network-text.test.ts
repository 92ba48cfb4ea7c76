import { expect, it } from 'vitest'
import { isNetwork } from './network-text.ts'

it.each(['192.0.2.7', '10.0.0.0/8', '0.0.0.0/0', '2001:db8::/32', '::1', '::ffff:192.0.2.1'])(
  'takes %s for an address or a network',
  (text) => {
    expect(isNetwork(text)).toBe(true)
  },
)

it.each([
  '',
  'localhost',
  '10.0.0',
  '10.0.0.256',
  '10.0.0.0/33',
  '10.0.0.0/',
  '::1/129',
  '1::2::3',
  '10.0.0.0/8/8',
])('does not take %j for one', (text) => {
  expect(isNetwork(text)).toBe(false)
})
