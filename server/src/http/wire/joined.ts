// Puts the parts of a body into one piece without having it in memory twice.

// Fewer bytes are put together in the pool of Node, which is faster.
const SMALL_BYTES = 64 * 1024

/**
 * All parts in one piece of `bytes`. The memory of each part is free again once it is copied: left to the garbage collector, the
 * parts of some large bodies took as much again for seconds. So nothing else may refer to the parts, nor to what they are views of,
 * but parts that follow each other.
 */
export function joined(parts: Buffer[], bytes: number): Buffer {
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only
  if (bytes <= SMALL_BYTES) return Buffer.concat(parts, bytes)
  const whole = Buffer.allocUnsafeSlow(bytes)
  let at = 0
  for (const [index, part] of parts.entries()) {
    at += part.copy(whole, at)
    if (parts[index + 1]?.buffer !== part.buffer) free(part)
  }
  parts.length = 0
  return whole
}

/** Gives the memory of a part back. */
function free({ buffer }: Buffer): void {
  // Small buffers of anybody are views of one pool.
  if (buffer instanceof ArrayBuffer && buffer.byteLength !== Buffer.poolSize) buffer.transfer(0)
}
