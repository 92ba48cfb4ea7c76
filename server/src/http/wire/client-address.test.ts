import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clientAddresses, socketAddress } from './client-address.ts'

const PROXY = '10.0.0.1'
const { of, trusts } = clientAddresses(['10.0.0.0/8', '2001:db8::/32'])

const byte = fc.integer({ min: 0, max: 255 })
const trustedHop = fc.oneof(
  fc.tuple(byte, byte, byte).map(([a, b, c]) => `10.${a}.${b}.${c}`),
  byte.map((last) => `2001:db8::${last.toString(16)}`),
)
const stranger = fc.oneof(
  fc.tuple(byte, byte).map(([a, b]) => `203.0.${a}.${b}`),
  byte.map((last) => `2001:4860::${last.toString(16)}`).map((address) => address.replace('::0', '::')),
)
const junk = fc.oneof(
  fc.string({ maxLength: 60, unit: 'binary' }),
  fc.string({ maxLength: 30 }).map((text) => `${text},`),
  fc.array(fc.oneof(stranger, trustedHop), { maxLength: 60 }).map((hops) => hops.join(', ')),
  fc.constantFrom('unknown', '_hidden', '"[::1]:80"', '1.2.3.4:99999', ',,,', '[', '10.0.0.1%eth0'),
)

test('without trusted proxies no header is trusted', () => {
  const none = clientAddresses([])
  fc.assert(
    fc.property(stranger, junk, (peer, header) => {
      expect(none.of(peer, header)).toBe(peer)
      expect(none.trusts(peer)).toBe(false)
    }),
  )
})

test('a peer that is no trusted proxy is not believed, whatever it sends', () => {
  fc.assert(
    fc.property(stranger, junk, (peer, header) => {
      expect(of(peer, header)).toBe(peer)
    }),
  )
  expect([of(null, '1.2.3.4'), trusts(null)]).toEqual([null, false])
})

test('nothing before the last untrusted hop is believed', () => {
  fc.assert(
    fc.property(junk, stranger, fc.array(trustedHop, { maxLength: 20 }), (spoofed, client, proxies) => {
      const alone = of(PROXY, [client, ...proxies].join(', '))
      expect(alone).not.toBeNull()
      expect(of(PROXY, [spoofed, client, ...proxies].join(', '))).toBe(alone)
    }),
  )
})

test('whatever a trusted proxy sends, the result is an address or null', () => {
  fc.assert(
    fc.property(junk, (header) => {
      const address = of(PROXY, header)
      if (address !== null) expect(clientAddresses([address]).trusts(address)).toBe(true)
    }),
  )
})

describe('behind a trusted proxy', () => {
  test.for([
    [undefined, PROXY],
    ['', PROXY],
    [' ', PROXY],
    ['203.0.113.9', '203.0.113.9'],
    ['203.0.113.9:4711', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['2001:4860:0:0::7', '2001:4860::7'],
    ['[2001:4860::7]', '2001:4860::7'],
    ['[2001:4860::7]:443', '2001:4860::7'],
    ['1.1.1.1, 203.0.113.9 ,\t10.9.9.9,10.8.8.8:80', '203.0.113.9'],
    // All of them are proxies: the first reported its own address.
    ['10.3.3.3, 10.9.9.9', '10.3.3.3'],
    ['unknown', null],
    ['203.0.113.9, unknown', null],
    ['203.0.113.9,', null],
    ['203.0.113.9, , 10.1.1.1', null],
    ['fe80::1%eth0', null],
    ['203.0.113.9:', null],
    ['203.0.113', null],
    ['2001:4860::7]:443', null],
    [`203.0.113.9${', 10.1.1.1'.repeat(31)}`, '203.0.113.9'],
    [`203.0.113.9${', 10.1.1.1'.repeat(32)}`, null],
    ['1'.repeat(65), null],
  ] as const)('%j is %s', ([header, expected]) => {
    expect(of(PROXY, header)).toBe(expected)
  })

  test('its own address may come mapped', () => {
    expect(of('::ffff:10.0.0.1', '203.0.113.9')).toBe('203.0.113.9')
  })
})

test('a socket’s address is without the mapping', () => {
  expect(['::ffff:1.2.3.4', '::1', undefined].map(socketAddress)).toEqual(['1.2.3.4', '::1', null])
})
