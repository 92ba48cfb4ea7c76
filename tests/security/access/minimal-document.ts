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
  const args = required.map((argument) => `${argument.name}: ${literal(argument.type)}`).join(', ')
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

function literal(type: GraphQLInputType): string {
  if (isNonNullType(type)) return literal(type.ofType)
  if (isListType(type)) return `[${literal(type.ofType)}]`
  if (isEnumType(type)) return type.getValues()[0]?.name ?? ''
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields())
    const required = fields.filter((field) => isNonNullType(field.type) && field.defaultValue === undefined)
    const sent = type.isOneOf ? fields.slice(0, 1) : required
    return `{ ${sent.map((field) => `${field.name}: ${literal(field.type)}`).join(', ')} }`
  }
  switch (type.name) {
    case 'ID':
      return '"key_1"'
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
