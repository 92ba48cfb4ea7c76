import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql'
import { expect, test } from 'vitest'
import { schema } from './schema.ts'

// The descriptions are the reference, and GraphiQL's documentation.
test('everything in the schema is described', () => {
  const bare: string[] = []
  const look = (name: string, described: { description?: string | null }) => {
    if (!described.description) bare.push(name)
  }
  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type) || isSpecifiedScalarType(type)) continue
    look(type.name, type)
    if (isEnumType(type)) for (const value of type.getValues()) look(`${type.name}.${value.name}`, value)
    if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) continue
    for (const field of Object.values(type.getFields())) {
      look(`${type.name}.${field.name}`, field)
      for (const argument of 'args' in field ? field.args : []) {
        look(`${type.name}.${field.name}(${argument.name}:)`, argument)
      }
    }
  }
  expect(bare).toEqual([])
})
