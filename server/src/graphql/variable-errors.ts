// What is wrong with the variables of an operation: which field, and what it must be. graphql-js has it in one text together
// with the value, which may hold a password; here it is taken from the types, and no value is in it.
import {
  coerceInputValue,
  type DocumentNode,
  GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  getOperationAST,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  typeFromAST,
  type VariableDefinitionNode,
} from 'graphql'
import { inputForm } from './input-forms.ts'

// A field's name is the client's own, of any length; the schema's are far shorter.
const REASON_MAX_CHARS = 300

/** The first error of each variable whose value has not the form of its type; none where graphql-js would report none. */
export function variableErrors(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
  values: Record<string, unknown>,
): GraphQLError[] {
  const operation = getOperationAST(document, operationName)
  return (operation?.variableDefinitions ?? []).flatMap((definition) => {
    const type = typeFromAST(schema, definition.type)
    const name = definition.variable.name.value
    // What was left out is graphql-js's to report: its text holds no value.
    if (!isInputType(type) || !Object.hasOwn(values, name)) return []
    const reason = firstFault(values[name], type, name)
    return reason === null ? [] : [asError(definition, reason)]
  })
}

/** ` at "input.expiresAt": it must be …`, or null. */
function firstFault(value: unknown, type: GraphQLInputType, name: string): string | null {
  let found: string | null = null
  if (value === null && !isNonNullType(type)) return null
  coerceInputValue(value, type, (path, invalid, error) => {
    if (found !== null) return
    const place = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('')
    found = `${place === '' ? '' : ` at "${name}${place}"`}: ${reasonOf(typeAt(type, path), invalid, error)}`
  })
  return found
}

/** Texts about fields hold the fields' names and no value; all others end with the value, and are said from the type. */
function reasonOf(type: GraphQLInputType, invalid: unknown, { message }: GraphQLError): string {
  if (invalid === null && isNonNullType(type)) return 'it must not be null.'
  if (isInputObjectType(getNamedType(type)) && /^Field "/.test(message)) {
    return message.length <= REASON_MAX_CHARS ? message : 'it has a field that its type does not define.'
  }
  return `it must be ${inputForm(getNamedType(type))}.`
}

/** The type of what lies at a path; where the path leads into nothing, of the last thing on it. */
function typeAt(type: GraphQLInputType, path: readonly (string | number)[]): GraphQLInputType {
  let at = type
  for (const part of path) {
    const bare = isNonNullType(at) ? at.ofType : at
    if (typeof part === 'number') at = isListType(bare) ? bare.ofType : at
    else at = (isInputObjectType(bare) ? bare.getFields()[part]?.type : undefined) ?? at
  }
  return at
}

function asError(definition: VariableDefinitionNode, reason: string): GraphQLError {
  return new GraphQLError(`Variable "$${definition.variable.name.value}" has an invalid value${reason}`, {
    nodes: [definition],
    extensions: { code: 'BAD_USER_INPUT' },
  })
}
