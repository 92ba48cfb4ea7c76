// An anchor of the hash chain: what the process's log has said of its head, so that a chain that was rewritten is found.

/** `hashHex` in lower case. */
export type ChainAnchor = { position: number; hashHex: string }

/** Reads `12:<64 hex digits>`; null for any other text. */
export function readAnchor(text: string): ChainAnchor | null {
  const [, position, hashHex] = /^([1-9]\d{0,9}):([0-9a-f]{64})$/i.exec(text) ?? []
  return position === undefined || hashHex === undefined
    ? null
    : { position: Number(position), hashHex: hashHex.toLowerCase() }
}
