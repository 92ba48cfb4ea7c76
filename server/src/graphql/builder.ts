// The Pothos builder: plugins, scalars, ids, and who may see what.
import { getDatamodel, type default as PrismaTypes } from '@latchkey/prisma/pothos'
import SchemaBuilder from '@pothos/core'
import ComplexityPlugin from '@pothos/plugin-complexity'
import PrismaPlugin from '@pothos/plugin-prisma'
import RelayPlugin from '@pothos/plugin-relay'
import ScopeAuthPlugin from '@pothos/plugin-scope-auth'
import { AdminError } from '../domain/admin-errors.ts'
import type { Scope } from '../domain/admins/permissions.ts'
import type { FieldValue } from '../domain/audit/audit-event.ts'
import { refusal, scopesOfIds } from './access/refusal.ts'
import type { GraphqlContext } from './context.ts'
import { decodeGlobalId, encodeGlobalId } from './global-id.ts'

/** The field builder of an object type whose resolvers get a `Source`. */
export type FieldsOf<Source> = Parameters<
  NonNullable<Parameters<ReturnType<typeof builder.objectRef<Source>>['implement']>[0]['fields']>
>[0]

/** The field builder of an input type. */
export type InputFields = Parameters<Parameters<typeof builder.inputType>[1]['fields']>[0]

export const builder = new SchemaBuilder<{
  Context: GraphqlContext
  AuthScopes: {
    /** An admin or an admin token. */
    identified: boolean
    /** A person, who is signed in: for what is about the person alone. */
    person: boolean
    can: Scope
  }
  PrismaTypes: PrismaTypes
  DefaultFieldNullability: false
  DefaultEdgesNullability: { list: false; items: false }
  DefaultNodeNullability: false
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: Date; Output: Date }
    Date: { Input: Date; Output: string }
    SafeInt: { Input: number; Output: number }
    Decimal: { Input: string; Output: string }
    JSON: { Input: FieldValue; Output: FieldValue }
  }
}>({
  // Scope-auth first: nothing else runs for a client without the scope.
  plugins: [ScopeAuthPlugin, RelayPlugin, PrismaPlugin, ComplexityPlugin],
  defaultFieldNullability: false,
  scopeAuth: {
    authScopes: ({ actor }) => ({
      identified: actor !== null,
      person: actor?.type === 'ADMIN',
      can: (scope) => actor?.scopes.has(scope) === true,
    }),
    // Once for an object, not for each of its fields.
    runScopesOnType: true,
    // Before a subscription opens anything, not with its first event.
    authorizeOnSubscribe: true,
    unauthorizedError: (_parent, context, _info, { failure }) => refusal(context, failure),
  },
  relay: {
    encodeGlobalID: encodeGlobalId,
    decodeGlobalID: decodeGlobalId,
    cursorType: 'String',
    nodesOnConnection: { description: 'The items of `edges`, without their cursors.' },
    edgesFieldOptions: {
      nullable: { list: false, items: false },
      description: 'The items, each with its cursor.',
    },
    nodeFieldOptions: { nullable: false, description: 'The item.' },
    cursorFieldOptions: { description: 'Pass it as `after` or `before` to page on from here.' },
    pageInfoFieldOptions: { description: 'Whether other pages follow or precede this one.' },
    pageInfoTypeOptions: { description: 'Whether other pages follow or precede a page.' },
    hasNextPageFieldOptions: {
      description: 'True when older items follow; get them with `after: endCursor`.',
    },
    hasPreviousPageFieldOptions: {
      description: 'True when newer items precede; get them with `before: startCursor`.',
    },
    startCursorFieldOptions: { description: 'Cursor of the first item; null on an empty page.' },
    endCursorFieldOptions: { description: 'Cursor of the last item; null on an empty page.' },
    nodeTypeOptions: { description: 'An object with a global id.' },
    idFieldOptions: { description: 'The id, unique across all types.' },
    nodeQueryOptions: {
      description: 'The object with this id; null when there is none.',
      nullable: true,
      authScopes: (_root, { id }, _context, { schema }) => scopesOfIds(schema, [id]),
      args: {
        id: { description: 'An id from the API, such as `key_12`: the `id` of any type that is a Node.' },
      },
      complexity: 5,
    },
    nodesQueryOptions: {
      description: 'The objects with these ids, in their order; null where there is none. At most 100.',
      nullable: { list: false, items: true },
      authScopes: (_root, { ids }, _context, { schema }) => scopesOfIds(schema, ids),
      args: {
        ids: { description: 'Ids from the API, such as `key_12`: the `id` of any type that is a Node.' },
      },
      complexity: ({ ids }) => ({ field: 5, multiplier: Array.isArray(ids) ? ids.length : 1 }),
      resolve: (_root, { ids }, _context, _info, resolveNodes) => {
        if (ids.length > 100)
          throw new AdminError('BAD_USER_INPUT', 'ids: ask for at most 100 at once.', 'ids')
        return resolveNodes(ids)
      },
    },
    firstArgOptions: { description: '0 to 100; this many from the newest on. Default 50.' },
    afterArgOptions: { description: 'A cursor: only items older than it.' },
    lastArgOptions: { description: '0 to 100; this many from the oldest on, or the nearest to `before`.' },
    beforeArgOptions: { description: 'A cursor: only items newer than it. Goes with `last`.' },
  },
  prisma: { client: ({ plane }) => plane.store.prisma, dmmf: getDatamodel() },
  // What an operation costs is judged once, before it runs: document/operation-cost.ts.
  complexity: {},
})

// A root field needs an identified actor unless it has skipTypeScopes, and says which scope; access/declared-scopes.ts sees to it.
builder.queryType({ description: 'Everything that can be read.', authScopes: { identified: true } })
builder.mutationType({
  description: 'Everything that can be changed. Each change is audited.',
  authScopes: { identified: true },
})
builder.subscriptionType({
  description:
    'Everything that can be subscribed to: POST with "Accept: text/event-stream" (server-sent events, as graphql-sse has them).',
  authScopes: { identified: true },
})
