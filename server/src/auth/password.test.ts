import { argon2Sync } from 'node:crypto'
import { expect, test } from 'vitest'
import { hashPassword, isOutdated, PasswordQueueFull, verifyPassword } from './password.ts'

test('knows its own password and no other', async () => {
  const phc = await hashPassword('correct horse battery')
  expect(phc).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  expect(await verifyPassword('correct horse battery', phc)).toBe(true)
  expect(await verifyPassword('correct horse batterz', phc)).toBe(false)
  expect(isOutdated(phc)).toBe(false)
})

test('reads hashes made with other costs, and calls them outdated', async () => {
  const [message, nonce] = ['correct horse battery', Buffer.from('somesaltsomesalt')]
  const tag = argon2Sync('argon2id', { message, nonce, memory: 64, passes: 3, parallelism: 1, tagLength: 16 })
  const unpadded = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '')
  const phc = `$argon2id$v=19$m=64,t=3,p=1$${unpadded(nonce)}$${unpadded(tag)}`
  expect(await verifyPassword(message, phc)).toBe(true)
  expect(await verifyPassword('something else', phc)).toBe(false)
  expect(isOutdated(phc)).toBe(true)
})

test('a user who does not exist has no password', async () => {
  expect(await verifyPassword('anything at all', null)).toBe(false)
  expect(await verifyPassword('anything at all', 'not a hash')).toBe(false)
})

test('keeps places for known devices where strangers have taken all others', async () => {
  const strangers = Array.from({ length: 80 }, () => verifyPassword('x', null).catch(() => 'refused'))
  expect(await verifyPassword('x', null, true)).toBe(false)
  expect((await Promise.all(strangers)).filter((result) => result === 'refused')).toHaveLength(12)
}, 20_000)

test('refuses work beyond its queue instead of piling it up', async () => {
  const responses = await Promise.allSettled(Array.from({ length: 80 }, () => verifyPassword('x', null)))
  const refused = responses.filter((response) => response.status === 'rejected')
  expect(refused.length).toBe(80 - 4 - 64)
  for (const { reason } of refused) expect(reason).toBeInstanceOf(PasswordQueueFull)
  expect(await verifyPassword('x', null)).toBe(false)
}, 20_000)
