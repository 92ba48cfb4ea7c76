// Addresses as networks: the unit in which one customer owns them.
import { isIPv4, isIPv6 } from 'node:net'

/**
 * The network that an address belongs to, as a key to count by: an IPv4 address itself, the /64 of an IPv6 address
 * (one customer has all of it). Text that is no address is its own network.
 */
export function networkOf(address: string): string {
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
