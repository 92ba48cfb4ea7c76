import { describe, expect, test } from 'vitest'
import { addressTest, readNetwork } from './address-list.ts'

test.for([
  ['192.0.2.7', '192.0.2.7'],
  ['10.1.2.3/8', '10.0.0.0/8'],
  ['192.0.2.7/32', '192.0.2.7'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['172.16.5.4/12', '172.16.0.0/12'],
  ['2001:DB8:0:0::1', '2001:db8::1'],
  ['2001:db8:abcd:1234::9/36', '2001:db8:a000::/36'],
  ['::/0', '::/0'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['::ffff:a00:1', '10.0.0.1'],
  ['::ffff:10.1.2.3/104', '10.0.0.0/8'],
  ['64:ff9b::192.0.2.33/96', '64:ff9b::/96'],
] as const)('%s is the network %s', ([sent, network]) => {
  expect(readNetwork(sent)).toBe(network)
})

test.for([
  '',
  '10.0.0',
  '10.0.0.0/33',
  '10.0.0.0/-1',
  '10.0.0.0/8/8',
  '::1/129',
  '10.0.0.0/',
  'localhost',
  'fe80::1%eth0',
  '::ffff:10.0.0.0/8',
  '010.0.0.1',
])('%j is no network', (sent) => {
  expect(readNetwork(sent)).toBeNull()
})

describe('a list', () => {
  const has = addressTest(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32'])

  test.for([
    '10.255.1.2',
    '::ffff:10.1.2.3',
    '::ffff:a01:203',
    '0:0:0:0:0:ffff:10.1.2.3',
    '192.0.2.7',
    '2001:db8:1::5',
  ])('has %s', (address) => {
    expect(has(address)).toBe(true)
  })

  test.for(['11.0.0.1', '192.0.2.8', '2001:db9::1', '::1', '', 'unknown', '10.0.0', '::10.1.2.3'])(
    'has not %j',
    (address) => {
      expect(has(address)).toBe(false)
    },
  )
})
