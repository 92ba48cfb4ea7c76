// Top-level GraphQL errors: which messages are public, and their form.
import { GraphQLError } from 'graphql'
import { ADMIN_ERRORS, AdminError, MissingScope, StepUpRequired } from '../domain/admin-errors.ts'

/**
 * The public form of whatever was thrown: catalogued errors and errors in the query keep their message, anything
 * else becomes INTERNAL with the cause kept beside it for the log, never for the response.
 */
export function publicError(error: unknown): GraphQLError {
  const cause = causeOf(error)
  if (cause instanceof AdminError) {
    const { code, message, param } = cause
    return placed(error, message, {
      code,
      ...(param !== null && { param }),
      ...(cause instanceof MissingScope && { scope: cause.scope }),
      ...(cause instanceof StepUpRequired && { means: cause.means }),
    })
  }
  if (error instanceof GraphQLError && isQueryError(error, cause)) {
    return placed(error, withoutValues(error.message), {
      code: 'BAD_USER_INPUT',
      http: error.extensions.http,
    })
  }
  const { message } = ADMIN_ERRORS.INTERNAL
  return placed(
    error,
    message,
    { code: 'INTERNAL' },
    cause instanceof Error ? cause : new Error(String(cause)),
  )
}

/** True for what `publicError` has made. */
export function isPublic(error: unknown): error is GraphQLError {
  return error instanceof GraphQLError && Object.hasOwn(ADMIN_ERRORS, String(error.extensions.code))
}

/** The cause of an INTERNAL error, for the log. */
export function faultBehind(error: GraphQLError): Error | undefined {
  return error.extensions.code === 'INTERNAL' ? error.originalError : undefined
}

/** The error with the request's id; where nobody is signed in, without suggestions, which would reveal the schema. */
export function forResponse(error: GraphQLError, requestId: string, isStranger: boolean): GraphQLError {
  const message = isStranger ? error.message.replace(/ Did you mean [\s\S]*$/, '') : error.message
  return placed(error, message, { ...error.extensions, requestId })
}

function causeOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? causeOf(error.originalError) : error
}

/**
 * graphql-js found fault with the document or its variables. What it throws while it completes a resolver's value,
 * where an error has a path, is an internal error, but for arguments, which are read there too.
 */
function isQueryError(error: GraphQLError, cause: unknown): boolean {
  if (!(cause instanceof GraphQLError)) return false
  return error.path === undefined || /^(Argument|Variable) "/.test(error.message)
}

/** GraphQL quotes the value of a variable that has the wrong shape, and that value may hold a password; variable-errors.ts says the rest. */
function withoutValues(message: string): string {
  return message.replace(/^(Variable "\$\w+") got invalid value [\s\S]*$/, '$1 has an invalid value.')
}

function placed(
  error: unknown,
  message: string,
  extensions: Record<string, unknown>,
  originalError?: Error,
): GraphQLError {
  const { nodes, source, positions, path } = error instanceof GraphQLError ? error : {}
  return new GraphQLError(message, { nodes, source, positions, path, extensions, originalError })
}
