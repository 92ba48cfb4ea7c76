import { randomBytes, randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { GUESS_BITS_MIN, guessBits } from './guess-bits.ts'

const WEAK = [
  'a'.repeat(24),
  'a'.repeat(512),
  'ab'.repeat(12),
  'abc123abc123abc123abc123',
  'aaaabbbbccccddddeeeeffff',
  'deadbeefdeadbeefdeadbeef',
  '111111111111111111111111111',
  '123456789012345678901234',
  '1234-5678-1234-5678-1234-5678',
  '0123456789abcdefghijklmn',
  'abcdefghijklmnopqrstuvwx',
  'zyxwvutsrqponmlkjihgfedcba',
  'qwertyuiopasdfghjklzxcvbnm',
  'changeme-changeme-changeme',
  'changemechangemechangeme1',
  'CHANGEME_CHANGEME_CHANGEME',
  'Ch4ngeM3-Ch4ngeM3-Ch4ngeM3',
  'P@ssw0rdP@ssw0rdP@ssw0rd!',
  'password1234567890password',
  'my-super-secret-admin-token',
  'todo-replace-this-admin-token',
  'latchkey-admin-token-2026-11',
  'company-name-admin-2025-01-01',
  'Admin-Token-For-Production-2026',
  'sk-0000000000000000000000000',
  'lorem-ipsum-dolor-sit-amet',
  'accessibility-test-token-0',
]

test.for(WEAK)('%s can be guessed', (secret) => {
  expect(guessBits(secret)).toBeLessThan(GUESS_BITS_MIN)
})

const RANDOM: [string, () => string][] = [
  ['openssl rand -base64 32', () => randomBytes(32).toString('base64')],
  ['openssl rand -hex 32', () => randomBytes(32).toString('hex')],
  ['openssl rand -hex 16', () => randomBytes(16).toString('hex')],
  ['uuidgen', () => randomUUID()],
  ['18 random bytes in base64url', () => randomBytes(18).toString('base64url')],
  ['six words of a list', () => 'orbit-lamp-velvet-cactus-thunder-mosaic'],
]

test.for(RANDOM)('what %s prints cannot', ([, make]) => {
  for (let i = 0; i < 200; i++) expect(guessBits(make())).toBeGreaterThanOrEqual(GUESS_BITS_MIN)
})
