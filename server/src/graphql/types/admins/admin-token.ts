// Admin tokens, which automation authenticates with, and their list.
import { adminTokenId, adminTokenNumber } from '../../../domain/admins/admin-token-id.ts'
import { isEnvironmentToken, storedList } from '../../../domain/admins/admin-token-input.ts'
import { ownerId } from '../../../domain/owners/owner.ts'
import { type AdminTokenRow, grantOf } from '../../../services/admins/tokens/admin-token-row.ts'
import {
  countAdminTokens,
  findAdminTokens,
  visibleTokens,
} from '../../../services/admins/tokens/find-admin-tokens.ts'
import { builder } from '../../builder.ts'
import { actorOf } from '../../context.ts'
import { pageSize, readPage } from '../../paging.ts'

export const AdminTokenRef = builder.prismaNode('AdminToken', {
  authScopes: { can: 'admins:read' },
  id: { field: 'id', description: '`tok_` and the number.' },
  findUnique: (id, context) => ({ id: Number(id), ...visibleTokens(actorOf(context)) }),
  nullable: true,
  description:
    'What automation sends to /graphql, /api and /metrics. The token itself is shown once, when it is created or rotated.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What it is for.' }),
    start: t.exposeString('tokenStart', {
      description: "The token's first twelve characters, safe to show; empty for one of the environment.",
    }),
    scopes: t.stringList({
      description: 'What it may do, such as `keys:read`, with what that implies.',
      resolve: (token) => [...grantOf(token).scopes].sort(),
    }),
    networks: t.stringList({
      nullable: true,
      description: 'Addresses and networks that it may be used from; null: any.',
      resolve: (token) => storedList(token.networks),
    }),
    ownerIds: t.idList({
      nullable: true,
      description: 'The owners whose keys, logs and usage it sees; null: all, and keys without an owner.',
      resolve: (token) => grantOf(token).ownerIds?.map(ownerId) ?? null,
    }),
    isOfEnvironment: t.boolean({
      description:
        'True for the tokens of LATCHKEY_ADMIN_TOKEN and LATCHKEY_ADMIN_TOKEN_NEXT, which are changed there.',
      resolve: ({ name }) => isEnvironmentToken(name),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    createdBy: t.exposeString('createdBy', {
      nullable: true,
      description: 'The name of the admin or admin token that created it; null for one of the environment.',
    }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: true, description: 'Null: never.' }),
    revokedAt: t.expose('revokedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was revoked; null while it is not.',
    }),
    formerTokenExpiresAt: t.expose('formerTokenExpiresAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When the token before the last rotation stops working, or did; null: it never was rotated.',
    }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Its last use, to the minute; null before the first.',
    }),
    lastUsedIp: t.exposeString('lastUsedIp', {
      nullable: true,
      description: 'The address of that use; null where it is not known.',
    }),
    version: t.exposeInt('version', {
      description: 'Increases with every change; pass it as expectedVersion.',
    }),
  }),
})

builder.queryField('adminTokens', (t) =>
  t.connection(
    {
      authScopes: { can: 'admins:read' },
      type: AdminTokenRef,
      description:
        'Admin tokens, newest first, revoked and expired ones too. first/last: 0 to 100, Default 50.',
      complexity: (args) => ({ field: 5, multiplier: pageSize(args) / 10 }),
      resolve: (_root, args, context) =>
        readPage<AdminTokenRow, number>(args, {
          keyOf: adminTokenNumber,
          cursorOf: ({ id }) => adminTokenId(id),
          find: (page) => findAdminTokens(context.plane, actorOf(context), page),
        }),
    },
    {
      name: 'AdminTokenConnection',
      description: 'A page of admin tokens.',
      fields: (connection) => ({
        totalCount: connection.int({
          description: 'How many there are in all.',
          resolve: (_page, _args, context) => countAdminTokens(context.plane, actorOf(context)),
        }),
      }),
    },
    { name: 'AdminTokenEdge', description: 'An admin token in a page.' },
  ),
)
