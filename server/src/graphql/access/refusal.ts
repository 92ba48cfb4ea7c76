// What a client gets who may not have a field, and what a field asks for that takes ids of any type.
import type { AuthFailure } from '@pothos/plugin-scope-auth'
import type { GraphQLSchema } from 'graphql'
import { AdminError, MissingScope } from '../../domain/admin-errors.ts'
import { isScope, type Scope } from '../../domain/admins/permissions.ts'
import type { GraphqlContext } from '../context.ts'
import { decodeGlobalId } from '../global-id.ts'
import { scopeOfTypeNamed } from './declared-scopes.ts'

/** UNAUTHENTICATED without an actor, else FORBIDDEN, which names the scope that is missing. */
export function refusal(
  { actor, session }: Pick<GraphqlContext, 'actor' | 'session'>,
  failure: AuthFailure,
): AdminError {
  if (actor === null) return new AdminError('UNAUTHENTICATED')
  if (session?.mustEnrol) return new AdminError('SECOND_FACTOR_REQUIRED')
  const scope = missingScope(failure)
  if (scope !== null) return new MissingScope(scope)
  return new AdminError('FORBIDDEN', 'This is for people who are signed in, not for admin tokens.')
}

type ScopeMap = { can?: Scope; $all?: ScopeMap }

/** The scopes of the types that ids are of, so that what an id names is not looked for without. Throws BAD_USER_INPUT for what is no id. */
export function scopesOfIds(
  schema: GraphQLSchema,
  ids: readonly (string | { typename: string })[],
): ScopeMap | boolean {
  const names = new Set(ids.map((id) => (typeof id === 'string' ? decodeGlobalId(id) : id).typename))
  let all: ScopeMap | null = null
  for (const name of names) {
    const can = scopeOfTypeNamed(schema, name)
    if (can === null) return false
    all = all === null ? { can } : { can, $all: all }
  }
  return all === null ? true : { $all: all }
}

function missingScope(failure: AuthFailure): Scope | null {
  if ('failures' in failure) {
    for (const each of failure.failures) {
      const scope = missingScope(each)
      if (scope !== null) return scope
    }
    return null
  }
  if (!('parameter' in failure) || failure.scope !== 'can') return null
  const { parameter } = failure
  return typeof parameter === 'string' && isScope(parameter) ? parameter : null
}
