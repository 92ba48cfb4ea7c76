import { expect, test } from 'vitest'
import {
  ALL_SCOPES,
  isScope,
  ROLES,
  readRole,
  SCOPES,
  scopesBeyond,
  scopesOfRole,
  withImplied,
} from './permissions.ts'

test('each role has what the one below it has', () => {
  for (const [index, role] of ROLES.slice(0, -1).entries()) {
    const below = scopesOfRole(ROLES[index + 1] ?? null)
    expect(below.isSubsetOf(scopesOfRole(role)), role).toBe(true)
    expect(below.size, role).toBeLessThan(scopesOfRole(role).size)
  }
  expect(scopesOfRole('OWNER')).toEqual(new Set(SCOPES))
})

test('a viewer changes nothing, and sees no secret, no content and no admin', () => {
  const viewer = [...scopesOfRole('VIEWER')]
  expect(viewer.filter((scope) => !scope.endsWith(':read'))).toEqual([])
  for (const scope of ['content:read', 'secrets:reveal', 'admins:read', 'audit:read'] as const)
    expect(viewer).not.toContain(scope)
})

test('a name that is no role has no scopes', () => {
  for (const name of ['', 'owner', 'ROOT', 'toString']) expect(scopesOfRole(readRole(name)).size).toBe(0)
})

test('what may write may read the same, and nothing else', () => {
  expect([...withImplied(['keys:write', 'secrets:reveal'])].sort()).toEqual([
    'keys:read',
    'keys:write',
    'secrets:reveal',
  ])
})

test('what lacks a scope, or one that it implies, cannot grant it', () => {
  expect(scopesBeyond(['keys:write', 'usage:read'], new Set(['keys:write']))).toEqual([
    'usage:read',
    'keys:read',
  ])
  expect(scopesBeyond(SCOPES, ALL_SCOPES)).toEqual([])
})

test.for(['', 'keys', 'keys:READ', 'keys:read ', '__proto__', 'toString'])('%j is no scope', (text) => {
  expect(isScope(text)).toBe(false)
})
