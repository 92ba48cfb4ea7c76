import { crc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import { adminTokenStart, mayBeAdminToken, mintAdminToken } from './admin-token-secret.ts'

test('a token has a prefix and a checksum, and no two are the same', () => {
  const made = new Set(Array.from({ length: 100 }, mintAdminToken))
  expect(made.size).toBe(100)
  for (const token of made) {
    expect(token).toMatch(/^lka_[0-9A-Za-z]{42}$/)
    expect(mayBeAdminToken(token)).toBe(true)
    expect(adminTokenStart(token)).toBe(token.slice(0, 12))
  }
})

test('the checksum is the CRC-32 of the random characters', () => {
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  for (let i = 0; i < 50; i++) {
    const token = mintAdminToken()
    const value = [...token.slice(-6)].reduce((sum, digit) => sum * 62 + digits.indexOf(digit), 0)
    expect(value).toBe(crc32(token.slice(4, -6)))
  }
})

test('one with a wrong character, cut off or longer is known for none', () => {
  const token = mintAdminToken()
  for (let at = 4; at < token.length; at++) {
    const other = token[at] === 'a' ? 'b' : 'a'
    expect(mayBeAdminToken(token.slice(0, at) + other + token.slice(at + 1)), `character ${at}`).toBe(false)
  }
  for (const wrong of ['lka_', token.slice(0, -1), `${token}x`, `${token} `, token.replace('lka_', 'lka_-')])
    expect(mayBeAdminToken(wrong), wrong).toBe(false)
})

test('the value of an environment variable has a form of its own', () => {
  expect(mayBeAdminToken('o9Kx2vQ7mZ4tR1wY8sB5nC3e')).toBe(true)
})
