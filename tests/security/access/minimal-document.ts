// A document that uses one root field with the fewest arguments: enough to be validated, and authorised or refused.
import {
  type DocumentNode,
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  parse,
} from 'graphql'

/** `type` is Query, Mutation or Subscription; ids are those of an API key. */
export function minimalDocument(type: string, field: GraphQLField<unknown, unknown>): DocumentNode {
  const required = field.args.filter(
    (argument) => isNonNullType(argument.type) && argument.defaultValue === undefined,
  )
  const args = required.map((argument) => `${argument.name}: ${minimalLiteral(argument.type)}`).join(', ')
  const named = getNamedType(field.type)
  const call = args === '' ? field.name : `${field.name}(${args})`
  if (isLeafType(named)) return parse(`${type.toLowerCase()} { ${call} }`)
  const isComposite = isObjectType(named) || isInterfaceType(named)
  const leaf = isComposite
    ? Object.values(named.getFields()).find(
        (each) => each.args.length === 0 && isLeafType(getNamedType(each.type)),
      )?.name
    : undefined
  return parse(`${type.toLowerCase()} { ${call} { ${leaf ?? '__typename'} } }`)
}

/**
 * A value of an input type with the fewest fields, as a document has it. `id`: what every id is; `also`: names of fields that are sent
 * although they may be omitted.
 */
export function minimalLiteral(
  type: GraphQLInputType,
  sent: { id: string; also: readonly string[] } = { id: 'key_1', also: [] },
): string {
  if (isNonNullType(type)) return minimalLiteral(type.ofType, sent)
  if (isListType(type)) return `[${minimalLiteral(type.ofType, sent)}]`
  if (isEnumType(type)) return type.getValues()[0]?.name ?? ''
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields())
    const required = fields.filter(
      (field) =>
        sent.also.includes(field.name) || (isNonNullType(field.type) && field.defaultValue === undefined),
    )
    const chosen = type.isOneOf ? fields.slice(0, 1) : required
    return `{ ${chosen.map((field) => `${field.name}: ${minimalLiteral(field.type, sent)}`).join(', ')} }`
  }
  switch (type.name) {
    case 'ID':
      return `"${sent.id}"`
    case 'Int':
    case 'SafeInt':
    case 'Float':
      return '1'
    case 'Boolean':
      return 'false'
    case 'DateTime':
      return '"2026-01-01T00:00:00.000Z"'
    case 'Date':
      return '"2026-01-01"'
    case 'Decimal':
      return '"1"'
    default:
      return '"x"'
  }
}
