import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { canonicalForm, GENESIS_HASH, linkHash } from './audit-chain.ts'

const EVENT = {
  id: 7,
  atMs: Date.UTC(2026, 10, 29, 12, 0, 0, 5),
  actorType: 'ADMIN',
  actorId: 3,
  actorName: 'zoë',
  action: 'api_key.update',
  targetType: 'ApiKey',
  targetId: 'key_12',
  targetLabel: 'ci',
  changes: '[{"path":"name","before":"a","after":"b"}]',
  ip: '192.0.2.7',
  userAgent: null,
  requestId: 'req_1',
}

// Stored chains are verified by this form for ever: another one is another version.
test('version 1 of the canonical form is this text', () => {
  expect(canonicalForm(2, GENESIS_HASH, EVENT)).toBe(
    `[1,2,"${'0'.repeat(64)}",7,"2026-11-29T12:00:00.005Z","ADMIN",3,"zoë","api_key.update","ApiKey","key_12","ci",` +
      '"[{\\"path\\":\\"name\\",\\"before\\":\\"a\\",\\"after\\":\\"b\\"}]","192.0.2.7",null,"req_1"]',
  )
  const expected = createHash('sha256')
    .update(canonicalForm(2, GENESIS_HASH, EVENT))
    .digest('hex')
  expect(Buffer.from(linkHash(1, 2, GENESIS_HASH, EVENT) ?? []).toString('hex')).toBe(expected)
})

test.for(Object.keys(EVENT) as (keyof typeof EVENT)[])('another %s is another hash', (name) => {
  const changed = { ...EVENT, [name]: typeof EVENT[name] === 'number' ? 1 : 'other' }
  expect(linkHash(1, 2, GENESIS_HASH, changed)).not.toEqual(linkHash(1, 2, GENESIS_HASH, EVENT))
})

test('a version that is not known has no hash', () => {
  expect(linkHash(2, 2, GENESIS_HASH, EVENT)).toBeNull()
})
