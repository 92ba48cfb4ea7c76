import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ConfigError } from './config.ts'
import { encryptionKey } from './encryption-key.ts'

let dataDir = ''
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'latchkey-key-'))
})
afterEach(() => rmSync(dataDir, { recursive: true }))

test('is made once, of 32 random bytes, and found again', () => {
  const first = encryptionKey({ dataDir, encryptionKey: null })
  expect(first).toHaveLength(32)
  expect(encryptionKey({ dataDir, encryptionKey: null })).toEqual(first)
  expect(new Set(first).size).toBeGreaterThan(8)
})

test.skipIf(process.platform === 'win32')('its file is readable by its owner alone', () => {
  encryptionKey({ dataDir, encryptionKey: null })
  expect(statSync(join(dataDir, 'encryption.key')).mode & 0o777).toBe(0o600)
})

test('its file holds a Fernet key as other tools write them', () => {
  encryptionKey({ dataDir, encryptionKey: null })
  expect(readFileSync(join(dataDir, 'encryption.key'), 'utf8')).toMatch(/^[\w-]{43}=\n$/)
})

test('a configured key is used, and no file is made', () => {
  const configured = `${Buffer.alloc(32, 7).toString('base64url')}=`
  expect(encryptionKey({ dataDir, encryptionKey: configured })).toEqual(Buffer.alloc(32, 7))
  expect(existsSync(join(dataDir, 'encryption.key'))).toBe(false)
})

describe('a damaged file is refused and left as it is', () => {
  const whole = Buffer.alloc(32, 9).toString('base64url')
  test.for([
    '\n',
    'short',
    `${whole}${whole}`,
    whole.slice(1),
    `${'!'.repeat(10)}${whole}`,
    `\u0000${whole}`,
  ])('%j', (text) => {
    const path = join(dataDir, 'encryption.key')
    writeFileSync(path, text)
    expect(() => encryptionKey({ dataDir, encryptionKey: null })).toThrow(ConfigError)
    expect(() => encryptionKey({ dataDir, encryptionKey: null })).toThrow('Put your copy of it back')
    expect(readFileSync(path, 'utf8')).toBe(text)
  })
})

test('an empty file, as a full disk may leave it, is replaced', () => {
  writeFileSync(join(dataDir, 'encryption.key'), '')
  const made = encryptionKey({ dataDir, encryptionKey: null })
  expect(made).toHaveLength(32)
  expect(encryptionKey({ dataDir, encryptionKey: null })).toEqual(made)
  expect(readdirSync(dataDir)).toEqual(['encryption.key'])
})

test('the refusal does not repeat what the file holds', () => {
  writeFileSync(join(dataDir, 'encryption.key'), 'canary')
  expect(() => encryptionKey({ dataDir, encryptionKey: null })).toThrow(/^(?!.*canary)/s)
})
