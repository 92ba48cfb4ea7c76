// Lists of IP addresses and networks, as an allow-list holds them.
import { BlockList, isIP, SocketAddress } from 'node:net'

/** The canonical text of an address or network (`10.0.0.0/8`, `192.0.2.7`, `2001:db8::/32`); null where it is none. */
export function readNetwork(sent: string): string | null {
  const [text = '', bits, ...more] = sent.trim().split('/')
  const address = canonicalAddress(text)
  if (address === null || text.includes('%') || more.length > 0) return null
  if (bits === undefined) return address
  const size = isIP(address) === 4 ? 32 : 128
  // A mapped network is one of IPv4 whose first 96 bits are given.
  const isMapped = size === 32 && isIP(text) === 6
  const prefix = Number(bits) - (isMapped ? 96 : 0)
  if (!/^\d{1,3}$/.test(bits) || prefix < 0 || prefix > size) return null
  return prefix === size ? address : `${networkStart(address, prefix)}/${prefix}`
}

/** A test for addresses over networks that `readNetwork` made. Text that is no address is in no network. */
export function addressTest(networks: string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', prefix] = network.split('/')
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
    if (prefix === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(prefix), family)
  }
  return (sent) => {
    const address = canonicalAddress(sent)
    return address !== null && list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6')
  }
}

/** The one spelling of an address; an IPv4 address mapped into IPv6 (RFC 4291 §2.5.5.2) is that IPv4 address. */
export function canonicalAddress(sent: string): string | null {
  const plain = sent.replace(/%.*$/, '')
  const version = isIP(plain)
  if (version === 0) return null
  if (version === 4) return plain
  const { address } = new SocketAddress({ address: plain, family: 'ipv6' })
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1] ?? address
}

/** The first address of a network, so that `10.1.2.3/8` and `10.0.0.0/8` are one. */
function networkStart(address: string, prefix: number): string {
  const isV4 = isIP(address) === 4
  const groups = isV4 ? address.split('.').map(Number) : groupsOf(address)
  const width = isV4 ? 8 : 16
  const masked = groups.map((group, at) => {
    const kept = Math.min(width, Math.max(0, prefix - at * width))
    return group & ((2 ** width - 1) ^ (2 ** (width - kept) - 1))
  })
  if (isV4) return masked.join('.')
  const text = masked.map((group) => group.toString(16)).join(':')
  return new SocketAddress({ address: text, family: 'ipv6' }).address
}

/** The eight groups of an IPv6 address in canonical form. */
function groupsOf(address: string): number[] {
  const hex = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
    [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((group) => group.toString(16)).join(':'),
  )
  const [before = '', right] = hex.split('::')
  const head = before === '' ? [] : before.split(':')
  const tail = right === undefined || right === '' ? [] : right.split(':')
  const zeros = right === undefined ? 0 : 8 - head.length - tail.length
  return [...head, ...Array<string>(zeros).fill('0'), ...tail].map((group) => Number.parseInt(group, 16))
}
