import { beforeEach, expect, test } from 'vitest'
import { type BoundSecret, createClientSecrets } from './client-secrets.ts'

let nowMs = 0
beforeEach(() => {
  nowMs = 1_000
})

function secret(apiKeyId: number, expiresAtMs = 10_000): BoundSecret {
  return {
    apiKeyId,
    keyHashHex: 'ab'.repeat(32),
    route: { upstream: 'u', upstreamId: null, credentialId: null },
    opens: ['/v1/realtime'],
    models: ['m1'],
    upstreamModel: null,
    reportedModel: null,
    expiresAtMs,
  }
}

const open = () => createClientSecrets(() => nowMs)

test('it is found until it expires', () => {
  const secrets = open()
  secrets.bind('a', secret(1, 2_000))
  nowMs = 1_999
  expect(secrets.find('a')).toMatchObject({ apiKeyId: 1 })
  nowMs = 2_000
  expect(secrets.find('a')).toBeNull()
  nowMs = 1_000
  expect(secrets.find('a')).toBeNull()
})

test('it stays with the key that made it first', () => {
  const secrets = open()
  secrets.bind('a', secret(1))
  secrets.bind('a', secret(2))
  expect(secrets.find('a')).toMatchObject({ apiKeyId: 1 })
})

test('of one key a thousand are kept, of which the oldest go first; other keys keep theirs', () => {
  const secrets = open()
  secrets.bind('other', secret(2))
  for (let n = 0; n <= 1_000; n++) secrets.bind(`s${n}`, secret(1))
  expect(secrets.find('s0')).toBeNull()
  expect(secrets.find('s1')).not.toBeNull()
  expect(secrets.find('s1000')).not.toBeNull()
  expect(secrets.find('other')).not.toBeNull()
})

test('of all keys fifty thousand are kept, and those that have expired make room first', () => {
  const secrets = open()
  secrets.bind('expired', secret(1, 1_500))
  secrets.bind('oldest', secret(1))
  nowMs = 2_000
  for (let n = 0; n < 49_999; n++) secrets.bind(`s${n}`, secret(n))
  expect(secrets.find('oldest')).not.toBeNull()
  secrets.bind('one more', secret(1))
  expect(secrets.find('oldest')).toBeNull()
  expect(secrets.find('s0')).not.toBeNull()
})
