// CRC-32C (Castagnoli), as in RFC 3720 §12.1: finds torn and flipped bytes in the journal. Not a defence against malice.

// Reflected polynomial.
const POLYNOMIAL = 0x82f63b78

// Four tables, so that four bytes are taken at a time.
const TABLES = Array.from({ length: 4 }, () => new Uint32Array(256))
const [T0, T1, T2, T3] = TABLES as [Uint32Array, Uint32Array, Uint32Array, Uint32Array]
for (let byte = 0; byte < 256; byte++) {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1
  T0[byte] = value
}
for (let byte = 0; byte < 256; byte++) {
  for (let table = 1; table < 4; table++) {
    const before = TABLES[table - 1]?.[byte] ?? 0
    ;(TABLES[table] as Uint32Array)[byte] = (before >>> 8) ^ (T0[before & 0xff] ?? 0)
  }
}

/** The checksum of `bytes` from `start` to before `end`, as an unsigned 32-bit number. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let crc = 0xffffffff
  let at = start
  // Typed arrays answer numbers for indexes in range, and every index here is.
  for (; at + 4 <= end; at += 4) {
    const word =
      crc ^
      ((bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24))
    crc =
      (T3[word & 0xff] as number) ^
      (T2[(word >>> 8) & 0xff] as number) ^
      (T1[(word >>> 16) & 0xff] as number) ^
      (T0[word >>> 24] as number)
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ (T0[(crc ^ (bytes[at] as number)) & 0xff] as number)
  return (crc ^ 0xffffffff) >>> 0
}
