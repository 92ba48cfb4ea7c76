import { expect, test } from 'vitest'
import { mayBeCredentials, readPassword, readUsername } from './admin-account.ts'

test('a username is the same in any case and composition', () => {
  expect(readUsername(' Zoe\u0308 ')).toEqual({ ok: true, value: 'zo\u00eb' })
  expect(readUsername('admin@example.com').ok).toBe(true)
})

test.for([
  ['', 'REQUIRED'],
  ['a'.repeat(65), 'TOO_LONG'],
  ['two words', 'INVALID'],
  ['nul\u0000', 'INVALID'],
])('refuses the username %j with %s', ([username, code]) => {
  expect(readUsername(username ?? '')).toMatchObject({ ok: false, errors: [{ code, field: 'username' }] })
})

test('a password may hold anything, spaces too, and is the same in any composition', () => {
  expect(readPassword('  correct horse  ')).toEqual({ ok: true, value: '  correct horse  ' })
  expect(readPassword('pa\u0308sswort-lang')).toEqual({ ok: true, value: 'p\u00e4sswort-lang' })
})

test.for([
  ['eleven char', 'TOO_SHORT'],
  ['x'.repeat(1_025), 'TOO_LONG'],
  ['half of an emoji \ud83d', 'INVALID'],
])('refuses the password %j with %s', ([password, code]) => {
  expect(readPassword(password ?? '')).toMatchObject({ ok: false, errors: [{ code, field: 'password' }] })
})

test('text that no account can have is known by its length as it was sent', () => {
  expect(mayBeCredentials({ username: 'a'.repeat(256), password: 'a'.repeat(4_096) })).toBe(true)
  expect(mayBeCredentials({ username: 'a'.repeat(257), password: '' })).toBe(false)
  expect(mayBeCredentials({ username: '', password: 'a'.repeat(4_097) })).toBe(false)
})
