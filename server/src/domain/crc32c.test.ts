import { expect, test } from 'vitest'
import { crc32c } from './crc32c.ts'

// The vectors of RFC 3720 §B.4, and the check value that catalogues of CRCs give for "123456789".
test.each([
  ['32 bytes of zeros', new Uint8Array(32), 0x8a9136aa],
  ['32 bytes of ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['32 ascending bytes', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  ['32 descending bytes', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  ['nine digits', Buffer.from('123456789'), 0xe3069283],
  ['nothing', new Uint8Array(0), 0],
])('the checksum of %s', (_, bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected)
})

test('a part of a buffer has the checksum of its copy, wherever it starts', () => {
  const bytes = Uint8Array.from({ length: 64 }, (_, i) => (i * 37) & 0xff)
  for (let start = 0; start < 8; start++) {
    for (let end = start; end <= 64; end++) {
      expect(crc32c(bytes, start, end)).toBe(crc32c(bytes.slice(start, end)))
    }
  }
})
