import { lookup as systemLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { describe, expect, test } from 'vitest'
import {
  type AddressFault,
  type AddressPolicy,
  addressFault,
  checkedLookup,
  hostFault,
} from './upstream-address.ts'

const ALLOW: AddressPolicy = { privateUpstreams: 'allow' }
const REFUSE: AddressPolicy = { privateUpstreams: 'refuse' }

describe('hosts as a URL has them', () => {
  // [as written in a URL, with private networks allowed, with them refused]
  test.for<[string, AddressFault | null, AddressFault | null]>([
    ['169.254.169.254', 'forbidden', 'forbidden'],
    ['2852039166', 'forbidden', 'forbidden'],
    ['0xa9fea9fe', 'forbidden', 'forbidden'],
    ['0xA9.0xFE.0xA9.0xFE', 'forbidden', 'forbidden'],
    ['0251.0376.0251.0376', 'forbidden', 'forbidden'],
    ['169.254.43518', 'forbidden', 'forbidden'],
    ['169.16689662', 'forbidden', 'forbidden'],
    ['169.254.169.254.', 'forbidden', 'forbidden'],
    ['１６９.254.169.254', 'forbidden', 'forbidden'],
    ['169。254。169。254', 'forbidden', 'forbidden'],
    ['%31%36%39.254.169.254', 'forbidden', 'forbidden'],
    ['169.254.170.2', 'forbidden', 'forbidden'],
    ['[::ffff:169.254.169.254]', 'forbidden', 'forbidden'],
    ['[::ffff:a9fe:a9fe]', 'forbidden', 'forbidden'],
    ['[0:0:0:0:0:ffff:a9fe:a9fe]', 'forbidden', 'forbidden'],
    ['[::ffff:0:a9fe:a9fe]', 'forbidden', 'forbidden'],
    ['[::169.254.169.254]', 'forbidden', 'forbidden'],
    ['[64:ff9b::a9fe:a9fe]', 'forbidden', 'forbidden'],
    ['[64:ff9b:1::a9fe:a9fe]', 'forbidden', 'forbidden'],
    ['[2002:a9fe:a9fe::]', 'forbidden', 'forbidden'],
    ['[fd00:ec2::254]', 'forbidden', 'forbidden'],
    ['[FD00:0EC2::23]', 'forbidden', 'forbidden'],
    ['[fd20:ce::254]', 'forbidden', 'forbidden'],
    ['[fe80::1]', 'forbidden', 'forbidden'],
    ['[ff02::1]', 'forbidden', 'forbidden'],
    ['[::]', 'forbidden', 'forbidden'],
    ['0', 'forbidden', 'forbidden'],
    ['0.0.0.0', 'forbidden', 'forbidden'],
    ['0.1.2.3', 'forbidden', 'forbidden'],
    ['224.0.0.1', 'forbidden', 'forbidden'],
    ['255.255.255.255', 'forbidden', 'forbidden'],
    ['100.100.100.200', 'forbidden', 'forbidden'],
    ['168.63.129.16', 'forbidden', 'forbidden'],
    ['192.0.0.192', 'forbidden', 'forbidden'],
    ['metadata.google.internal', 'forbidden', 'forbidden'],
    ['METADATA.google.internal.', 'forbidden', 'forbidden'],
    ['metadata.goog', 'forbidden', 'forbidden'],
    ['instance-data', 'forbidden', 'forbidden'],
    ['127.0.0.1', null, 'private'],
    ['127.1', null, 'private'],
    ['0x7f.1', null, 'private'],
    ['2130706433', null, 'private'],
    ['localhost', null, 'private'],
    ['LOCALHOST.', null, 'private'],
    ['a.localhost', null, 'private'],
    ['[::1]', null, 'private'],
    ['[::ffff:127.0.0.1]', null, 'private'],
    ['[::ffff:10.0.0.1]', null, 'private'],
    ['[2002:7f00:1::]', null, 'private'],
    ['10.1.2.3', null, 'private'],
    ['172.16.0.1', null, 'private'],
    ['172.31.255.255', null, 'private'],
    ['192.168.1.1', null, 'private'],
    ['100.64.0.1', null, 'private'],
    ['[fd12:3456::1]', null, 'private'],
    ['172.32.0.1', null, null],
    ['8.8.8.8', null, null],
    ['169.253.255.255', null, null],
    ['[2606:4700::1111]', null, null],
    ['[::ffff:8.8.8.8]', null, null],
    ['api.openai.com', null, null],
    ['metadata.example.com', null, null],
    ['localhost.example.com', null, null],
  ])('%s', ([host, allowed, refused]) => {
    const { hostname } = new URL(`http://${host}/v1`)
    expect([hostFault(hostname, ALLOW), hostFault(hostname, REFUSE)]).toEqual([allowed, refused])
  })
})

test('an address with a zone counts without it, and what is no address is refused', () => {
  expect(addressFault('fe80::1%eth0', ALLOW)).toBe('forbidden')
  expect(addressFault('::1%lo', REFUSE)).toBe('private')
  expect(addressFault('not an address', ALLOW)).toBe('forbidden')
})

describe('a checked lookup', () => {
  const responding =
    (...addresses: string[]): LookupFunction =>
    (_hostname, _options, callback) =>
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      )
  const ask = (lookup: LookupFunction, hostname: string, options = {}) =>
    new Promise<unknown>((resolve, reject) =>
      lookup(hostname, options, (error, address, family) =>
        error === null ? resolve(Array.isArray(address) ? address : [address, family]) : reject(error),
      ),
    )

  test('passes on what is allowed, in the requested form', async () => {
    const lookup = checkedLookup(REFUSE, responding('8.8.8.8', '2606:4700::1111'))
    expect(await ask(lookup, 'a.test')).toEqual(['8.8.8.8', 4])
    expect(await ask(lookup, 'a.test', { all: true })).toEqual([
      { address: '8.8.8.8', family: 4 },
      { address: '2606:4700::1111', family: 6 },
    ])
  })

  test.for([['169.254.169.254'], ['8.8.8.8', '169.254.169.254'], ['::ffff:a9fe:a9fe'], ['fd00:ec2::254']])(
    'refuses a name that means %j',
    async (addresses) => {
      for (const options of [{}, { all: true }]) {
        await expect(
          ask(checkedLookup(ALLOW, responding(...addresses)), 'a.test', options),
        ).rejects.toMatchObject({
          code: 'EADDRREFUSED',
          message: expect.stringContaining('is no address of an upstream'),
        })
      }
    },
  )

  test('refuses private addresses where they are refused, and only there', async () => {
    const lookup = responding('10.0.0.5')
    expect(await ask(checkedLookup(ALLOW, lookup), 'a.test')).toEqual(['10.0.0.5', 4])
    await expect(ask(checkedLookup(REFUSE, lookup), 'a.test')).rejects.toThrow('LATCHKEY_PRIVATE_UPSTREAMS')
  })

  test('refuses a name of a metadata service without asking', async () => {
    const never: LookupFunction = () => expect.unreachable()
    await expect(ask(checkedLookup(ALLOW, never), 'metadata.google.internal.')).rejects.toThrow(
      'always refused',
    )
  })

  test('works over the lookup of the system', async () => {
    expect(await ask(checkedLookup(ALLOW, systemLookup), 'localhost', { family: 4 })).toEqual([
      '127.0.0.1',
      4,
    ])
    await expect(ask(checkedLookup(REFUSE, systemLookup), 'localhost')).rejects.toThrow('private network')
    await expect(ask(checkedLookup(ALLOW, systemLookup), 'none.invalid')).rejects.toMatchObject({
      code: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
    })
  })
})
