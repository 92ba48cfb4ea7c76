// Addresses as networks: the unit in which one customer owns them.
import { isIPv4, isIPv6 } from 'node:net'

/**
 * The networks that an address is counted by, the smallest first: an IPv4 address itself; of an IPv6 address its /64, its /56 and
 * its /48, since one customer may have all of either. Null, an address that is not known: a network of its own.
 */
export function networksOf(address: string | null): string[] {
  const smallest = networkOf(address)
  if (!smallest.endsWith('::/64')) return [smallest]
  const [first = '0', second = '0', third = '0', fourth = '0'] = smallest.slice(0, -'::/64'.length).split(':')
  const high = (Number.parseInt(fourth, 16) & 0xff00).toString(16)
  return [smallest, `${first}:${second}:${third}:${high}::/56`, `${first}:${second}:${third}::/48`]
}

/**
 * The network that an address belongs to, as a key to count by: an IPv4 address itself, the /64 of an IPv6 address
 * (one customer has all of it). Text that is no address is its own network, and so is null, an address that is not known.
 */
export function networkOf(address: string | null): string {
  if (address === null) return 'unknown'
  const plain = address.replace(/%.*$/, '')
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1]
  if (mapped !== undefined && isIPv4(mapped)) return mapped
  if (!isIPv6(plain)) return plain
  const [remaining = '', right] = plain.toLowerCase().split('::')
  const head = remaining === '' ? [] : remaining.split(':')
  const tail = right === undefined || right === '' ? [] : right.split(':')
  // An IPv4 tail is two groups; it never reaches into the first four.
  const tailGroups = tail.length + (tail.at(-1)?.includes('.') ? 1 : 0)
  const zeros = right === undefined ? 0 : Math.max(0, 8 - head.length - tailGroups)
  const groups = [...head, ...Array<string>(zeros).fill('0'), ...tail]
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
