// The address of a client behind proxies: read from X-Forwarded-For, and only where a trusted proxy sent it.
import { addressTest, canonicalAddress } from '../../domain/policy/input/address-list.ts'

// More proxies than anyone has in a row; what came before them is not searched for.
const HOPS_MAX = 32
// A scoped IPv6 address in brackets, with a port.
const HOP_MAX_CHARS = 64

export type ClientAddresses = {
  /** Whether a connection from this address may report another. */
  trusts(peer: string | null): boolean
  /**
   * The client's address: that of the connection where it is no trusted proxy's, or reports none; else the last in
   * `forwardedFor` that is no trusted proxy's, or the first where all are. Null where a trusted proxy reports something that
   * is no address, or more hops than anyone has: then it is not known, and every rule about addresses denies it.
   */
  of(peer: string | null, forwardedFor: string | string[] | undefined): string | null
}

/** `trusted` are networks as `readNetwork` makes them; with none, the connection's address is the client's. */
export function clientAddresses(trusted: string[]): ClientAddresses {
  if (trusted.length === 0) return { trusts: () => false, of: (peer) => peer }
  const isTrusted = addressTest(trusted)
  const trusts = (peer: string | null) => peer !== null && isTrusted(peer)
  return {
    trusts,
    of: (peer, forwardedFor) =>
      trusts(peer) ? lastUntrusted(peer, String(forwardedFor ?? ''), isTrusted) : peer,
  }
}

/** The address of a socket's other end, without the mapping of an IPv4 address on an IPv6 socket; null where it has closed. */
export function socketAddress(remoteAddress: string | undefined): string | null {
  return remoteAddress?.replace(/^::ffff:(?=\d+\.)/, '') ?? null
}

/** From the right, since each proxy appends what it has seen itself: what is before an untrusted hop is only that hop's claim. */
function lastUntrusted(
  peer: string | null,
  forwardedFor: string,
  isTrusted: (address: string) => boolean,
): string | null {
  if (forwardedFor.trim() === '') return peer
  let end = forwardedFor.length
  for (let hops = 0; hops < HOPS_MAX; hops++) {
    const comma = end === 0 ? -1 : forwardedFor.lastIndexOf(',', end - 1)
    const address = hopAddress(forwardedFor.slice(comma + 1, end))
    if (address === null || !isTrusted(address) || comma === -1) return address
    end = comma
  }
  return null
}

// Some proxies write the port behind the address, and IPv6 then in brackets.
const WITH_PORT = /^(?:\[([\da-f:.]+)\]|(\d+\.\d+\.\d+\.\d+))(?::\d{1,5})?$/i

function hopAddress(sent: string): string | null {
  const text = sent.trim()
  // A zone means nothing on another machine.
  if (text.length > HOP_MAX_CHARS || text.includes('%')) return null
  const parts = WITH_PORT.exec(text)
  return canonicalAddress(parts?.[1] ?? parts?.[2] ?? text)
}
