// Says which operation of a document was wanted, where that cannot be known or there is none.
import { GraphQLError, Kind, parse } from 'graphql'
import type { SentOperation } from './sent-operation.ts'

// The document has been parsed within its limit before; names are repeated in an error, so only so many.
const NAMES_MAX = 10

/** The error for a document that parses, and of which no operation could be chosen. */
export function operationError({
  query,
  operationName,
}: Pick<SentOperation, 'query' | 'operationName'>): GraphQLError {
  return new GraphQLError(fault(query, operationName), {
    extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
  })
}

function fault(query: string, operationName: string | null): string {
  const operations = parse(query).definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION)
  if (operations.length === 0) return 'The document has no operation to run.'
  if (operationName === null) {
    return 'The document has several operations: say in operationName which one to run.'
  }
  const names = operations.flatMap((operation) => ('name' in operation ? (operation.name?.value ?? []) : []))
  const wanted = JSON.stringify(operationName.slice(0, 100))
  if (names.length === 0)
    return `There is no operation named ${wanted}: the document's operation has no name.`
  const list = names.slice(0, NAMES_MAX).map((name) => JSON.stringify(String(name)))
  const more = names.length > NAMES_MAX ? ' …' : ''
  return `There is no operation named ${wanted} in the document. Its operations are ${list.join(', ')}${more}.`
}
