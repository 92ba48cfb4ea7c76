import { expect, test } from 'vitest'
import {
  readNetworks,
  readOwnerIds,
  readScopes,
  readTokenName,
  storedOwners,
  storedScopes,
} from './admin-token-input.ts'
import { SCOPES } from './permissions.ts'

test('scopes come in one order, once, with what they imply', () => {
  expect(readScopes(['usage:read', 'keys:write', 'keys:write'])).toEqual({
    ok: true,
    value: ['keys:read', 'keys:write', 'usage:read'],
  })
})

test.for([
  [[], 'REQUIRED', 'scopes'],
  [['keys:read', 'keys:delete'], 'INVALID', 'scopes[1]'],
  [['__proto__'], 'INVALID', 'scopes[0]'],
  [Array<string>(1_000).fill('keys:read'), 'TOO_LONG', 'scopes'],
] as const)('refuses the scopes %j with %s', ([sent, code, field]) => {
  expect(readScopes(sent)).toMatchObject({ ok: false, errors: [{ code, field }] })
})

test('networks are brought to one form', () => {
  expect(readNetworks(['10.1.2.3/8', '::ffff:192.0.2.1', '10.0.0.0/8'])).toEqual({
    ok: true,
    value: ['10.0.0.0/8', '192.0.2.1'],
  })
  expect(readNetworks(null)).toEqual({ ok: true, value: null })
})

test.for([
  [[], 'OUT_OF_RANGE', 'networks'],
  [['10.0.0.0/8', 'ten'], 'INVALID', 'networks[1]'],
  [['1'.repeat(10_000)], 'INVALID', 'networks[0]'],
  [Array<string>(101).fill('10.0.0.1'), 'OUT_OF_RANGE', 'networks'],
] as const)('refuses the networks %j with %s', ([sent, code, field]) => {
  expect(readNetworks(sent)).toMatchObject({ ok: false, errors: [{ code, field }] })
})

test('owners come in one order, once', () => {
  expect(readOwnerIds(['own_12', 'own_3', 'own_12'])).toEqual({ ok: true, value: [3, 12] })
})

test.for([
  [[], 'OUT_OF_RANGE', 'ownerIds'],
  [Array<string>(101).fill('own_1'), 'OUT_OF_RANGE', 'ownerIds'],
  [['own_1', 'key_1'], 'INVALID', 'ownerIds[1]'],
  [['own_2147483648'], 'INVALID', 'ownerIds[0]'],
  [['own_0'], 'INVALID', 'ownerIds[0]'],
] as const)('refuses the owners %j with %s', ([sent, code, field]) => {
  expect(readOwnerIds(sent)).toMatchObject({ ok: false, errors: [{ code, field }] })
})

test.for([
  ['', 'REQUIRED'],
  ['  ', 'REQUIRED'],
  ['x'.repeat(101), 'TOO_LONG'],
  ['x'.repeat(1_000_000), 'TOO_LONG'],
  ['two\nlines', 'INVALID'],
  ['Environment', 'TAKEN'],
  ['environment next', 'TAKEN'],
] as const)('refuses the name %j with %s', ([sent, code]) => {
  expect(readTokenName(sent)).toMatchObject({ ok: false, errors: [{ code, field: 'name' }] })
})

test('a row with scopes of a later version has those that are known', () => {
  expect([...storedScopes('keys:read moon:write')]).toEqual(['keys:read'])
  expect(storedScopes('').size).toBe(0)
  expect(storedScopes(SCOPES.join(' ')).size).toBe(SCOPES.length)
  expect([storedOwners(null), storedOwners('3 12')]).toEqual([null, [3, 12]])
})
