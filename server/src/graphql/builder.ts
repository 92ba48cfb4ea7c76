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

// Of the types that show a row of a table, AdminToken, LabelLimit and Model are a prismaNode and ModelRoute is a prismaObject: the
// service reads whole rows of them (an admin token's hash and an upstream's sealed parts are no field). The others are not:
// - Admin, Passkey: the source of a prismaObject is the whole row; of these, no password hash, sealed secret or public key is read.
// - AdminInvitation: found among those that can still be accepted, which a restricted actor does not see; no look-up by id has that.
// - Session: its id is a hash of the row's key, and whether it has ended and is the current one depends on the rules and on who asks.
// - LinkedIdentity: those of a page of admins are one query, by a loader, since Admin is no prismaObject with a relation to them.
// - SavedView: the screen and the viewer decide which are seen, so it is no Node; of its admin's row the username alone is read.
// - Settings, SsoProvider: one row at most, whose columns hold JSON and lists that the service reads; without settings there is none.
// - Alert, AlertRule, AlertChannel, AlertDelivery: JSON columns are read, and whether sealed ones open, by the service, whose views
//   these types show; an alert comes with its rule, a delivery with its channel.
// - AuditEvent: read by SQL, since who is restricted to owners sees the events of their keys alone, by ids of what was changed.
// - Backup: a file in a folder, or a row of another program's; its list has both.
// - FindingDismissal: read by SQL with what else findings are computed from, and shown on a Finding, which has no row.
// - CostRecalculation: its progress and its sums by model are computed from its columns.
// - Upstream, UpstreamCredential, UpstreamHeader: those of the environment have no row, and a row's secrets are never a field.
// - ApiKey, Owner, KeyOwner: Prisma puts look-ups by id together only without another condition, as ApiKey says.
// - RequestLog, RequestAttempt, RequestContent: a record that journal and ledger share, read by SQL; content is inflated by its service.
// - UsageTotals and what holds it: sums over many rows. Viewer: an admin, an admin token or Latchkey itself.
// prismaConnection is used nowhere: its cursors need a row that is still there; ours are public ids, whose row may be deleted.
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
