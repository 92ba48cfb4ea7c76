// A scalar for values whose type is known only when they are read. Only on output: input always has a form of its own.
import { GraphQLError, GraphQLScalarType } from 'graphql'
import { builder } from '../builder.ts'

function noInput(): never {
  throw new GraphQLError('A JSON value is never sent.')
}

builder.addScalarType(
  'JSON',
  new GraphQLScalarType({
    name: 'JSON',
    description: 'A text, a number, true, false, null, or a list of those.',
    serialize: (value) => value,
    parseValue: noInput,
    parseLiteral: noInput,
  }),
)
