// The vectors are generate.json, verify.json and invalid.json of https://github.com/fernet/spec (commit 20dead4).
import { describe, expect, test } from 'vitest'
import { decrypt, encrypt } from './fernet.ts'

const key = Buffer.from('cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=', 'base64url')
const valid =
  'gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA=='
const oneSecondLater = Date.parse('1985-10-26T01:20:01-07:00')

describe("the specification's vectors", () => {
  test('generate', () => {
    const iv = Uint8Array.from({ length: 16 }, (_, index) => index)
    expect(encrypt(key, 'hello', { nowMs: Date.parse('1985-10-26T01:20:00-07:00'), iv })).toBe(valid)
  })

  test('verify', () => {
    expect(decrypt(key, valid, { nowMs: oneSecondLater, ttlSeconds: 60 })).toBe('hello')
  })

  test.for([
    [
      'incorrect mac',
      'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykQUFBQUFBQUFBQQ==',
      '1985-10-26T01:20:01-07:00',
    ],
    ['too short', 'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA==', '1985-10-26T01:20:01-07:00'],
    [
      'invalid base64',
      '%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==',
      '1985-10-26T01:20:01-07:00',
    ],
    [
      'payload size not multiple of block size',
      'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPOm73QeoCk9uGib28Xe5vz6oxq5nmxbx_v7mrfyudzUm',
      '1985-10-26T01:20:01-07:00',
    ],
    [
      'payload padding error',
      'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-JkLPIpuiYRLQ3RtXatOYREu2FWke6CnJNYIbkuKNqOhw==',
      '1985-10-26T01:20:01-07:00',
    ],
    [
      'far-future TS (unacceptable clock skew)',
      'gAAAAAAdwStRAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAnja1xKYyhd-Y6mSkTOyTGJmw2Xc2a6kBd-iX9b_qXQcw==',
      '1985-10-26T01:20:01-07:00',
    ],
    [
      'expired TTL',
      'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==',
      '1985-10-26T01:21:31-07:00',
    ],
    [
      'incorrect IV (causes padding error)',
      'gAAAAAAdwJ6xBQECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAkLhFLHpGtDBRLRTZeUfWgHSv49TF2AUEZ1TIvcZjK1zQ==',
      '1985-10-26T01:20:01-07:00',
    ],
  ])('invalid: %s', ([, token, now]) => {
    expect(decrypt(key, token ?? '', { nowMs: Date.parse(now ?? ''), ttlSeconds: 60 })).toBeNull()
  })
})

test('reads back what it wrote, with any text and without a time limit', () => {
  for (const text of ['', 'a', 'exactly16bytes!!', 'Schlüssel 钥匙 🔑']) {
    expect(decrypt(key, encrypt(key, text, { nowMs: 0 }))).toBe(text)
  }
})

test('takes a new IV for every token', () => {
  expect(encrypt(key, 'x', { nowMs: 0 })).not.toBe(encrypt(key, 'x', { nowMs: 0 }))
})

test("refuses another key's token", () => {
  expect(decrypt(new Uint8Array(32), valid)).toBeNull()
})

test('refuses a token with any bit changed', () => {
  const bytes = Buffer.from(valid, 'base64url')
  for (let index = 0; index < bytes.length; index++) {
    const changed = Buffer.from(bytes)
    changed.writeUInt8(changed.readUInt8(index) ^ 1, index)
    const token = changed.toString('base64').replaceAll('+', '-').replaceAll('/', '_')
    expect(decrypt(key, token), `byte ${index}`).toBeNull()
  }
})

test('refuses a key of the wrong size', () => {
  expect(() => encrypt(new Uint8Array(16), 'x', { nowMs: 0 })).toThrow(RangeError)
})
