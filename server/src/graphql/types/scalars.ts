// Scalars beyond GraphQL's own.
import { GraphQLError, GraphQLScalarType, Kind } from 'graphql'
import { GraphQLDate, GraphQLDateTime, GraphQLSafeInt } from 'graphql-scalars'
import { builder } from '../builder.ts'

const DECIMAL_MAX_CHARS = 64

builder.addScalarType(
  'DateTime',
  described(GraphQLDateTime, 'An instant, RFC 3339 with an offset; always UTC on output.'),
)
builder.addScalarType('Date', described(GraphQLDate, 'A calendar day, YYYY-MM-DD.'))
builder.addScalarType('Decimal', decimal())
builder.addScalarType('SafeInt', described(GraphQLSafeInt, 'An integer up to 2^53-1, as a JSON number.'))

function described<I, E>(scalar: GraphQLScalarType<I, E>, description: string): GraphQLScalarType<I, E> {
  return new GraphQLScalarType({ ...scalar.toConfig(), description, specifiedByURL: null })
}

/** An exact number, as text. On input a JSON number is taken, too, by its shortest decimal; the services judge what it says. */
function decimal(): GraphQLScalarType<string, string> {
  const read = (value: unknown): string => {
    const text = typeof value === 'number' ? String(value) : value
    if (typeof text === 'string' && text.length <= DECIMAL_MAX_CHARS) return text
    throw new GraphQLError('A decimal is text such as "2.50".')
  }
  return new GraphQLScalarType({
    name: 'Decimal',
    description: 'An exact decimal number as text, such as "2.5".',
    parseValue: read,
    parseLiteral: (node) =>
      node.kind === Kind.INT || node.kind === Kind.FLOAT || node.kind === Kind.STRING
        ? read(node.value)
        : read(null),
    serialize: String,
  })
}
