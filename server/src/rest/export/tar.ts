// The headers of a tar archive (POSIX.1-1988 ustar): enough for a few regular files of any size.

const BLOCK = 512
// What eleven octal digits hold: 8 GiB less one. Beyond, the size is in base 256, which GNU tar, bsdtar and Python read.
const OCTAL_MAX = 8 ** 11 - 1

/** The header of a file; `name` is ASCII of at most 100 characters. 512 bytes. */
export function tarHeader({ name, bytes, atMs }: { name: string; bytes: number; atMs: number }): Buffer {
  const header = Buffer.alloc(BLOCK)
  header.write(name, 0, 100, 'latin1')
  header.write('0000600\0', 100, 'latin1')
  header.write('0000000\0', 108, 'latin1')
  header.write('0000000\0', 116, 'latin1')
  if (bytes <= OCTAL_MAX) header.write(`${bytes.toString(8).padStart(11, '0')}\0`, 124, 'latin1')
  else {
    header[124] = 0x80
    header.writeBigUInt64BE(BigInt(bytes), 128)
  }
  header.write(
    `${Math.floor(atMs / 1_000)
      .toString(8)
      .padStart(11, '0')}\0`,
    136,
    'latin1',
  )
  header.write('        ', 148, 'latin1')
  header.write('0', 156, 'latin1')
  header.write('ustar\x0000', 257, 'latin1')
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return header
}

/** The zeros after a file of so many bytes. */
export function tarPadding(bytes: number): Buffer {
  return Buffer.alloc((BLOCK - (bytes % BLOCK)) % BLOCK)
}

/** The end of an archive. */
export const TAR_END = Buffer.alloc(2 * BLOCK)

/** The length of an archive of files of these sizes. */
export function tarLength(sizes: readonly number[]): number {
  return sizes.reduce((total, bytes) => total + BLOCK + bytes + tarPadding(bytes).length, TAR_END.length)
}
