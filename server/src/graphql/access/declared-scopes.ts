// Denied by default: a schema in which something does not say who may have it does not build.
import { type GraphQLObjectType, type GraphQLSchema, isObjectType } from 'graphql'
import { isScope, type Scope } from '../../domain/admins/permissions.ts'
import { isObject } from '../../domain/is-object.ts'

/** The root fields that a client who is not identified may use: signing in, and nothing else. */
export const OPEN_FIELDS: ReadonlySet<string> = new Set([
  'viewer',
  'setup',
  'signIn',
  'signOut',
  'completeSetup',
  'verifySecondFactor',
  'startPasskeySignIn',
  'signInWithPasskey',
  'acceptInvitation',
  'signInOptions',
  'startSso',
  'completeSso',
  'setPassword',
  'linkedInvitation',
  'passwordLink',
])

/** Root fields that ask for the scopes of the types of the ids that they are given. */
const BY_ID = new Set(['node', 'nodes'])

/**
 * Who may use a root field: holders of a scope; of the scopes of what an id names; every identified actor; people alone, not
 * tokens; everybody.
 */
export type Access = Scope | 'BY_ID' | 'IDENTIFIED' | 'PERSON' | 'OPEN'

/**
 * The schema as it is. Throws for a root field without `authScopes: { can }` (or `identified`, `person`, for what is about the
 * actor itself), for one that is open and not in OPEN_FIELDS, and for a Node type without a scope.
 */
export function withDeclaredScopes(schema: GraphQLSchema): GraphQLSchema {
  const undeclared: string[] = []
  for (const { type, field, access } of rootFieldAccess(schema))
    if (access === null) undeclared.push(`${type}.${field}`)
  for (const type of schema.getPossibleTypes(schema.getType('Node') as never))
    if (scopeOfType(type) === null) undeclared.push(type.name)
  if (undeclared.length > 0)
    throw new Error(
      `These declare no scope, such as authScopes: { can: 'keys:read' }: ${undeclared.join(', ')}`,
    )
  return schema
}

/** Every root field with who may use it; null where it does not say. */
export function rootFieldAccess(
  schema: GraphQLSchema,
): { type: string; field: string; access: Access | null }[] {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  return roots.flatMap((root) =>
    Object.values(root?.getFields() ?? {}).map(({ name, extensions }) => ({
      type: root?.name ?? '',
      field: name,
      access: accessOf(name, extensions.pothosOptions),
    })),
  )
}

/** The scope that an object type asks for wherever it is reached; null: none. */
export function scopeOfType({ extensions }: Pick<GraphQLObjectType, 'extensions'>): Scope | null {
  const options = extensions.pothosOptions
  return isObject(options) ? canOf(options.authScopes) : null
}

/** The scope of the type with this name. */
export function scopeOfTypeNamed(schema: GraphQLSchema, name: string): Scope | null {
  const type = schema.getType(name)
  return isObjectType(type) ? scopeOfType(type) : null
}

function accessOf(name: string, options: unknown): Access | null {
  if (!isObject(options)) return null
  const { authScopes, skipTypeScopes } = options
  if (skipTypeScopes === true) return OPEN_FIELDS.has(name) ? 'OPEN' : null
  if (typeof authScopes === 'function') return BY_ID.has(name) ? 'BY_ID' : null
  if (isObject(authScopes) && authScopes.identified === true) return 'IDENTIFIED'
  if (isObject(authScopes) && authScopes.person === true) return 'PERSON'
  return canOf(authScopes)
}

function canOf(authScopes: unknown): Scope | null {
  const can = isObject(authScopes) ? authScopes.can : null
  return typeof can === 'string' && isScope(can) ? can : null
}
