import { expect, test } from 'vitest'
import { presets, scopeGroups, scopesText, scopeText, withoutImplied } from './scope-groups.ts'

test('a set of scopes is said without what it implies', () => {
  expect(withoutImplied(['keys:read', 'keys:write', 'usage:read'])).toEqual(['keys:write', 'usage:read'])
})

test('presets hold known scopes alone', () => {
  const known = scopeGroups.flatMap(({ scopes }) => scopes.map(({ scope }) => scope))
  for (const { scopes } of presets) expect(scopes.filter((scope) => !known.includes(scope))).toEqual([])
})

test('a scope that is not known is shown by its name', () => {
  expect(scopeText('moon:read')).toBe('moon:read')
})

test.each([
  [['usage:read', 'keys:read', 'keys:write'], 'see usage and costs · create, change and delete API keys'],
  [scopeGroups.flatMap(({ scopes }) => scopes.map(({ scope }) => scope)), 'Everything'],
  [['usage:read', 'logs:read', 'audit:read', 'moon:read'], '4 permissions'],
  [[], ''],
])('the scopes %j in a few words: %s', (scopes, text) => {
  expect(scopesText(scopes)).toBe(text)
})
