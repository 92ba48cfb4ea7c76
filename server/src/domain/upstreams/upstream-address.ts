// Which addresses the gateway may send an admin's requests and an upstream's credentials to.
//
// Never to the metadata addresses of clouds, which return the credentials of their machines (link-local and the like), nor to what is no host.
// Ollama and vLLM run in private networks, so a setting decides about those.
import { isIP, isIPv4, type LookupFunction } from 'node:net'

/** Whether upstreams may be in private networks. */
export type AddressPolicy = { privateUpstreams: 'allow' | 'refuse' }

export type AddressFault = 'forbidden' | 'private'

// https://www.iana.org/assignments/iana-ipv4-special-registry
const FORBIDDEN_IPV4: Range[] = [
  range('0.0.0.0', 8),
  // Link-local: 169.254.169.254 of AWS, Azure, Google and others, 169.254.170.2 of ECS.
  range('169.254.0.0', 16),
  // Metadata of Oracle (192.0.0.192) and of Alibaba Cloud; Azure's wire server.
  range('192.0.0.0', 24),
  range('100.100.100.200', 32),
  range('168.63.129.16', 32),
  range('224.0.0.0', 4),
  range('240.0.0.0', 4),
]
const PRIVATE_IPV4: Range[] = [
  range('10.0.0.0', 8),
  range('100.64.0.0', 10),
  range('127.0.0.0', 8),
  range('172.16.0.0', 12),
  range('192.168.0.0', 16),
  range('198.18.0.0', 15),
]
// https://www.iana.org/assignments/iana-ipv6-special-registry
const FORBIDDEN_IPV6: Range[] = [
  range('::', 128),
  range('fe80::', 10),
  range('ff00::', 8),
  // Metadata of AWS (fd00:ec2::254, ::23) and of Google Cloud.
  range('fd00:ec2::', 32),
  range('fd20:ce::', 32),
]
const PRIVATE_IPV6: Range[] = [range('::1', 128), range('fc00::', 7), range('fec0::', 10)]
// IPv6 addresses that stand for an IPv4 address, and the byte at which that begins.
const EMBEDDING: { range: Range; at: number }[] = [
  { range: range('::ffff:0:0', 96), at: 12 },
  { range: range('::ffff:0:0:0', 96), at: 12 },
  { range: range('64:ff9b::', 96), at: 12 },
  { range: range('64:ff9b:1::', 48), at: 12 },
  { range: range('2002::', 16), at: 2 },
  { range: range('::', 96), at: 12 },
]
const FORBIDDEN_HOSTS = [
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal',
]

type Range = { bytes: Uint8Array; bits: number }

/** Why an IP address is refused, in any spelling that `net.isIP` takes; null where it is allowed. */
export function addressFault(address: string, policy: AddressPolicy): AddressFault | null {
  const bytes = bytesOf(address.replace(/%.*$/, ''))
  return bytes === null ? 'forbidden' : faultOf(bytes, policy)
}

/** Why a URL's hostname is refused before it is resolved: an address, or a special name. */
export function hostFault(hostname: string, policy: AddressPolicy): AddressFault | null {
  const host = hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  if (isIP(host) !== 0) return addressFault(host, policy)
  const name = host.replace(/\.+$/, '')
  if (name === '' || FORBIDDEN_HOSTS.includes(name)) return 'forbidden'
  const local = name === 'localhost' || name.endsWith('.localhost')
  return local && policy.privateUpstreams === 'refuse' ? 'private' : null
}

/** The message about a refused address for an admin; `address` may be a host name too. */
export function addressFaultMessage(fault: AddressFault, address: string): string {
  return fault === 'forbidden'
    ? `${address} is no address of an upstream: link-local, metadata and multicast addresses are always refused.`
    : `${address} is in a private network, and this server refuses those (LATCHKEY_PRIVATE_UPSTREAMS=refuse).`
}

/** What a connection to a refused address ends with; `address` may be a host name too. */
export class AddressRefusedError extends Error {
  override readonly name = 'AddressRefusedError'
  readonly code = 'EADDRREFUSED'
  readonly fault: AddressFault
  readonly address: string

  constructor(fault: AddressFault, address: string) {
    super(addressFaultMessage(fault, address))
    this.fault = fault
    this.address = address
  }
}

/**
 * A `lookup` for `net.connect` and what is built on it that ends with an error (code EADDRREFUSED) where any address of
 * the name is refused. It is called for every connection, so a name cannot come to mean another machine after its check
 * (DNS rebinding). An IP literal is never looked up: `hostFault` is what checks one.
 */
export function checkedLookup(policy: AddressPolicy, lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    const named = hostFault(hostname, policy)
    if (named !== null) return process.nextTick(callback, new AddressRefusedError(named, hostname), '', 0)
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, '', 0)
      const addresses = Array.isArray(found) ? found : [{ address: found, family: isIP(found) }]
      for (const { address } of addresses) {
        const fault = addressFault(address, policy)
        if (fault !== null) return callback(new AddressRefusedError(fault, address), '', 0)
      }
      const [first] = addresses
      if (options.all === true) return callback(null, addresses)
      callback(null, first?.address ?? '', first?.family)
    })
  }
}

function faultOf(bytes: Uint8Array, policy: AddressPolicy): AddressFault | null {
  const v4 = bytes.length === 4
  if (within(bytes, v4 ? FORBIDDEN_IPV4 : FORBIDDEN_IPV6)) return 'forbidden'
  if (within(bytes, v4 ? PRIVATE_IPV4 : PRIVATE_IPV6)) {
    return policy.privateUpstreams === 'refuse' ? 'private' : null
  }
  const embedding = v4 ? undefined : EMBEDDING.find(({ range }) => within(bytes, [range]))
  return embedding === undefined ? null : faultOf(bytes.subarray(embedding.at, embedding.at + 4), policy)
}

function within(bytes: Uint8Array, ranges: Range[]): boolean {
  return ranges.some(
    ({ bytes: start, bits }) => start.length === bytes.length && sameBits(bytes, start, bits),
  )
}

function sameBits(a: Uint8Array, b: Uint8Array, bits: number): boolean {
  for (let at = 0; at * 8 < bits; at++) {
    const mask = (0xff << Math.max(0, 8 - (bits - at * 8))) & 0xff
    if (((a[at] ?? 0) & mask) !== ((b[at] ?? 0) & mask)) return false
  }
  return true
}

function range(start: string, bits: number): Range {
  return { bytes: bytesOf(start) ?? new Uint8Array(), bits }
}

/** The 4 or 16 bytes of an address; null where the text is none. */
function bytesOf(address: string): Uint8Array | null {
  if (isIPv4(address)) return Uint8Array.from(address.split('.'), Number)
  if (isIP(address) !== 6) return null
  // The URL parser writes every IPv6 address in hexadecimal groups: https://url.spec.whatwg.org/#concept-ipv6-serializer
  const plain = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [remaining = '', right] = plain.split('::')
  const head = remaining === '' ? [] : remaining.split(':')
  const tail = right === undefined || right === '' ? [] : right.split(':')
  const groups = [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail]
  return Uint8Array.from(
    groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]),
  )
}
