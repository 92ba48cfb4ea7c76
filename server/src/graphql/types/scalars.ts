// Scalars beyond GraphQL's own.
import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql'
import { GraphQLDate, GraphQLDateTime, GraphQLSafeInt } from 'graphql-scalars'
import { builder } from '../builder.ts'
import { scalarForm } from '../input-forms.ts'

const DECIMAL_MAX_CHARS = 64

builder.addScalarType(
  'DateTime',
  described(GraphQLDateTime, 'An instant, RFC 3339 with an offset; always UTC on output.'),
)
builder.addScalarType('Date', described(GraphQLDate, 'A calendar day, YYYY-MM-DD.'))
builder.addScalarType('Decimal', decimal())
builder.addScalarType('SafeInt', described(GraphQLSafeInt, 'An integer up to 2^53-1, as a JSON number.'))

function described<I, E>(scalar: GraphQLScalarType<I, E>, description: string): GraphQLScalarType<I, E> {
  const config = scalar.toConfig()
  return new GraphQLScalarType({
    ...config,
    description,
    specifiedByURL: null,
    parseValue: (value) => formed(scalar.name, () => config.parseValue(value)),
    parseLiteral: (node, variables) => formed(scalar.name, () => config.parseLiteral(node, variables), node),
  })
}

/** What a reader of a scalar returns; where it throws, an error that says the scalar's form. */
function formed<I>(name: string, read: () => I, nodes?: ValueNode): I {
  try {
    return read()
  } catch {
    throw new GraphQLError(`A ${name} is ${scalarForm(name)}.`, { nodes })
  }
}

/** An exact number, as text. On input a JSON number is taken, too, by its shortest decimal; the services judge what it says. */
function decimal(): GraphQLScalarType<string, string> {
  const read = (value: unknown): string => {
    const text = typeof value === 'number' ? String(value) : value
    if (typeof text === 'string' && text.length <= DECIMAL_MAX_CHARS) return text
    throw new GraphQLError(`A Decimal is ${scalarForm('Decimal')}.`)
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
