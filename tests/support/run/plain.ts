// Anything an SDK returns or throws, as plain data by which the responses of two servers can be compared.
import { createHash } from 'node:crypto'

// What each server names for itself, and headers, which are compared where they arrive.
const EACH_SERVERS_OWN = new Set([
  '_request_id',
  'request_id',
  'requestID',
  'headers',
  'responseHeaders',
  'stack',
])

/**
 * The value's own enumerable members, recursively. An error keeps its class, message and cause; bytes become their
 * length and hash; functions go; the server's
 * address is written `<server>` wherever it stands.
 */
export function plain(value: unknown, baseUrl: string): unknown {
  const { origin } = new URL(baseUrl)
  return walk(value, [])

  function walk(at: unknown, above: unknown[]): unknown {
    if (typeof at === 'string') return at.replaceAll(origin, '<server>')
    if (typeof at === 'function' || typeof at === 'symbol') return undefined
    if (typeof at !== 'object' || at === null) return at
    if (above.includes(at)) return '<above>'
    const path = [...above, at]
    if (at instanceof Date) return at.toISOString()
    if (at instanceof ArrayBuffer) return walk(new Uint8Array(at), path)
    if (ArrayBuffer.isView(at)) return bytes(Buffer.from(at.buffer, at.byteOffset, at.byteLength))
    if (at instanceof Map || at instanceof Set) return [...at].map((entry) => walk(entry, path))
    if (Array.isArray(at)) return at.map((entry) => walk(entry, path))
    if (at instanceof Response || at instanceof AbortSignal) return `<${at.constructor.name}>`
    const error =
      at instanceof Error
        ? { class: at.constructor.name, name: at.name, message: at.message, cause: at.cause }
        : {}
    const members = Object.entries({ ...at, ...error })
      .filter(([name]) => !EACH_SERVERS_OWN.has(name))
      .map(([name, member]) => [name, walk(member, path)] as const)
    return Object.fromEntries(members.filter(([, member]) => member !== undefined))
  }
}

function bytes(buffer: Buffer): string {
  return `<${buffer.length} bytes ${createHash('sha256').update(buffer).digest('hex').slice(0, 16)}>`
}
