// What a value of each input type looks like, for the errors about one that does not.
import { type GraphQLNamedType, isEnumType, isInputObjectType } from 'graphql'

const ENUM_VALUES_MAX = 20

const FORMS: Record<string, string> = {
  DateTime: 'an instant, RFC 3339 with an offset, such as "2026-11-29T08:00:00Z"',
  Date: 'a day, YYYY-MM-DD, such as "2026-11-29"',
  Decimal: 'a decimal number as text, such as "2.50"',
  SafeInt: 'a whole number up to 2^53-1, such as 1000',
  Int: 'a whole number from -2147483648 to 2147483647, such as 10',
  Float: 'a number, such as 0.5',
  Boolean: 'true or false',
  String: 'text, such as "example"',
  ID: 'an id as text, such as "key_1"',
}

/** The form of a scalar, without a full stop. */
export function scalarForm(name: string): string {
  return FORMS[name] ?? `a value of the type ${name}`
}

/** The form of any input type, without a full stop. */
export function inputForm(type: GraphQLNamedType): string {
  if (isInputObjectType(type)) return `an object, a ${type.name}`
  if (!isEnumType(type)) return scalarForm(type.name)
  const names = type.getValues().map(({ name }) => name)
  const more = names.length > ENUM_VALUES_MAX ? ', …' : ''
  return `one of ${names.slice(0, ENUM_VALUES_MAX).join(', ')}${more}`
}
