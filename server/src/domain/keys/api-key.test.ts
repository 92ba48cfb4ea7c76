import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { canonicalSecret, mintSecret, secretHashHex, secretStart, statusAt } from './api-key.ts'

const SECRET = '3f0c9a52-6f5e-4b8a-9a3e-0d7f2c1b4a68'

test('a secret is a version 4 UUID, and each is another', () => {
  expect(mintSecret()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(new Set(Array.from({ length: 1_000 }, mintSecret)).size).toBe(1_000)
})

describe('the same key in another form', () => {
  test.for([
    SECRET,
    `sk-${SECRET}`,
    `sk-lk-${SECRET}`,
    `SK-LK-${SECRET.toUpperCase()}`,
    SECRET.toUpperCase(),
    `SK-${SECRET.toUpperCase()}`,
    `Sk-${SECRET}`,
    ` ${SECRET}\t`,
  ])('%j', (sent) => {
    expect(canonicalSecret(sent)).toBe(SECRET)
  })
})

describe('no key of ours', () => {
  test.for([
    '',
    'sk-',
    `sk-sk-${SECRET}`,
    `sk-lk-sk-${SECRET}`,
    `sk-lk-lk-${SECRET}`,
    `lk-${SECRET}`,
    'sk-lk-',
    `sk ${SECRET}`,
    SECRET.replaceAll('-', ''),
    SECRET.slice(1),
    `${SECRET}0`,
    `${SECRET}\u0000`,
    `{${SECRET}}`,
    `urn:uuid:${SECRET}`,
    SECRET.replace('f', 'g'),
    SECRET.replace('-', '–'),
    'sk-proj-abcdefghijklmnopqrstuvwxyz',
    "' OR 1=1 --",
    'x'.repeat(1_000_000),
    `${' '.repeat(100)}${SECRET}`,
    // Letters whose lower case is ASCII must not make two secrets one.
    SECRET.replace('f', '\uff26'),
  ])('%j', (sent) => {
    expect(canonicalSecret(sent)).toBeNull()
  })
})

test('the hash is SHA-256 of the canonical form', () => {
  expect(secretHashHex(SECRET)).toBe(createHash('sha256').update(SECRET).digest('hex'))
})

test('the start shows eight characters', () => {
  expect(secretStart(SECRET)).toBe('3f0c9a52')
})

describe('the status', () => {
  test.for([
    [{ expiresAtMs: null, revokedAtMs: null }, 'ACTIVE'],
    [{ disabledAtMs: 0 }, 'DISABLED'],
    [{ ownerDisabledAtMs: 0 }, 'DISABLED'],
    [{ disabledAtMs: 50, expiresAtMs: 1_001 }, 'DISABLED'],
    [{ disabledAtMs: 50, expiresAtMs: 1_000 }, 'EXPIRED'],
    [{ disabledAtMs: 50, expiresAtMs: 1_000, revokedAtMs: 60 }, 'REVOKED'],
    [{ expiresAtMs: 1_001, revokedAtMs: null }, 'ACTIVE'],
    [{ expiresAtMs: 1_000, revokedAtMs: null }, 'EXPIRED'],
    [{ expiresAtMs: 0, revokedAtMs: null }, 'EXPIRED'],
    [{ expiresAtMs: null, revokedAtMs: 0 }, 'REVOKED'],
    [{ expiresAtMs: 1, revokedAtMs: 2 }, 'REVOKED'],
    [{ expiresAtMs: null, revokedAtMs: 5_000 }, 'REVOKED'],
  ] as const)('of %j at 1000 is %s', ([key, status]) => {
    const plain = { expiresAtMs: null, revokedAtMs: null, disabledAtMs: null, ownerDisabledAtMs: null }
    expect(statusAt({ ...plain, ...key }, 1_000)).toBe(status)
  })
})
