// Scalars beyond GraphQL's own.
import { GraphQLScalarType } from 'graphql'
import { GraphQLDate, GraphQLDateTime, GraphQLSafeInt } from 'graphql-scalars'
import { builder } from '../builder.ts'

builder.addScalarType(
  'DateTime',
  described(GraphQLDateTime, 'An instant, RFC 3339 with an offset; always UTC on output.'),
)
builder.addScalarType('Date', described(GraphQLDate, 'A calendar day, YYYY-MM-DD.'))
builder.addScalarType('SafeInt', described(GraphQLSafeInt, 'An integer up to 2^53-1, as a JSON number.'))

function described<I, E>(scalar: GraphQLScalarType<I, E>, description: string): GraphQLScalarType<I, E> {
  return new GraphQLScalarType({ ...scalar.toConfig(), description, specifiedByURL: null })
}
