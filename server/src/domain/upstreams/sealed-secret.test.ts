import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { lastFourOf, seal, unseal } from './sealed-secret.ts'

const KEY = randomBytes(32)
const ORIGIN = 'https://api.test'

test('opens for its origin and its key, and for no other', () => {
  const sealed = seal(KEY, ORIGIN, 'sk-secret', 0)
  expect(sealed).not.toContain('sk-secret')
  expect(unseal(KEY, ORIGIN, sealed)).toBe('sk-secret')
  expect(unseal(KEY, 'https://evil.test', sealed)).toBeNull()
  expect(unseal(KEY, 'https://api.tes', sealed)).toBeNull()
  expect(unseal(randomBytes(32), ORIGIN, sealed)).toBeNull()
})

test('does not open once any byte of it has changed', () => {
  const sealed = seal(KEY, ORIGIN, 'sk-secret', 0)
  for (let at = 0; at < sealed.length - 4; at += 7) {
    const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1)
    expect(unseal(KEY, ORIGIN, changed), String(at)).toBeNull()
  }
})

test('the end of a secret is shown only where it is a small part', () => {
  expect(lastFourOf('sk-0123456789abcdef')).toBe('cdef')
  expect(lastFourOf('short')).toBeNull()
})
