import { afterEach, expect, test } from 'vitest'
import { builder } from '../builder.ts'
import { schema } from '../schema.ts'
import { rootFieldAccess, withDeclaredScopes } from './declared-scopes.ts'

let added = 0
afterEach(() => {
  added++
})

test('every root field of the schema says who may use it', () => {
  const fields = rootFieldAccess(schema)
  expect(fields.length).toBeGreaterThan(30)
  expect(fields.filter(({ access }) => access === null)).toEqual([])
})

test.for([
  ['says nothing', {}],
  ['is open, and is not of signing in', { skipTypeScopes: true }],
  ['names a scope that there is not', { authScopes: { can: 'keys:reed' as 'keys:read' } }],
  ['asks for nothing', { authScopes: {} }],
  ['asks a function', { authScopes: () => ({ can: 'keys:read' as const }) }],
] as const)('a schema does not build with a root field that %s', ([, options]) => {
  const name = `added${added}`
  builder.queryField(name, (t) => t.boolean({ ...options, resolve: () => true }))
  expect(() => withDeclaredScopes(builder.toSchema())).toThrow(`Query.${name}`)
})

test('a schema does not build with a node of a type that asks for no scope', () => {
  builder.node(builder.objectRef<{ id: string }>('Bare'), {
    id: { resolve: ({ id }) => id },
    loadOne: () => null,
    fields: () => ({}),
  })
  expect(() => withDeclaredScopes(builder.toSchema())).toThrow(/\bBare\b/)
})
