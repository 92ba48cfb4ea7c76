// Which documents a client that is not identified may send: those of signing in, and short ones.
import { type DocumentNode, GraphQLError, Kind, parse, type Source } from 'graphql'
import { AdminError } from '../../domain/admin-errors.ts'
import { OPEN_FIELDS } from '../access/declared-scopes.ts'
import { publicError } from '../errors.ts'

/** The SDK's largest, CompleteSetup, has 60. Validation takes time in the square of a document's length. */
const TOKENS_MAX = 200

/**
 * Parses a document of a client that is not identified. Throws UNAUTHENTICATED for one of more than 200 tokens, and for one
 * whose operations have a root field that is not of signing in, or a root fragment: such a document is not validated.
 */
export function parseOfStranger(source: string | Source): DocumentNode {
  const document = parsed(source)
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue
    const isOpen = definition.selectionSet.selections.every(
      (selection) => selection.kind === Kind.FIELD && isOpenField(selection.name.value),
    )
    if (!isOpen) throw publicError(new AdminError('UNAUTHENTICATED'))
  }
  return document
}

function isOpenField(name: string): boolean {
  return name === '__typename' || OPEN_FIELDS.has(name)
}

function parsed(source: string | Source): DocumentNode {
  try {
    return parse(source, { maxTokens: TOKENS_MAX })
  } catch (error) {
    if (error instanceof GraphQLError && error.message.includes(`more that ${TOKENS_MAX} tokens`)) {
      throw publicError(new AdminError('UNAUTHENTICATED'))
    }
    throw error
  }
}
