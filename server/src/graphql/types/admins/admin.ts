// Admins: the people who administer.
import { type AdminRow, countAdmins, findAdmin, findAdmins } from '../../../auth/admins/admin-row.ts'
import { secondFactorsOf } from '../../../auth/second-factors/means.ts'
import { adminId, adminNumber } from '../../../domain/admins/admin-id.ts'
import { readRole } from '../../../domain/admins/permissions.ts'
import { builder } from '../../builder.ts'
import { adminNumberOf } from '../../global-id.ts'
import { pageSize, readPage } from '../../paging.ts'
import { OwnerRef } from '../owners/owner.ts'
import { ConfirmMeansEnum } from './confirm-means.ts'
import { AdminRoleEnum } from './viewer.ts'

export const AdminRef = builder.objectRef<AdminRow>('Admin')

builder.node(AdminRef, {
  description: 'A person who administers.',
  authScopes: { can: 'admins:read' },
  id: { resolve: ({ id }) => adminId(id), description: '`adm_` and a number.' },
  loadOne: (id, { plane }) => findAdmin(plane, adminNumberOf(id, 'id')),
  fields: (t) => ({
    username: t.exposeString('username', { description: 'What the admin signs in with.' }),
    displayName: t.exposeString('displayName', {
      nullable: true,
      description: 'The name; null: none is set.',
    }),
    email: t.exposeString('email', { nullable: true, description: 'The e-mail address; null: none is set.' }),
    role: t.field({
      type: AdminRoleEnum,
      nullable: true,
      description:
        'What the admin may do; null: a role that this version does not know, which may do nothing.',
      resolve: ({ role }) => readRole(role),
    }),
    enabled: t.boolean({
      description: 'A disabled admin cannot sign in.',
      resolve: ({ disabledAt }) => disabledAt === null,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the account was made.' }),
    lastSignInAt: t.expose('lastSignInAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the admin last signed in; null: not since this is kept.',
    }),
    owners: t.field({
      type: [OwnerRef],
      description: 'The owners whose keys a KEY_MANAGER administers; of other roles without effect.',
      complexity: { field: 5, multiplier: 3 },
      resolve: async ({ id }, _args, { loadOwnersOfAdmin }) => (await loadOwnersOfAdmin(id)) ?? [],
    }),
    secondFactors: t.field({
      type: [ConfirmMeansEnum],
      description: 'The second factors of the admin; empty: none.',
      complexity: 5,
      resolve: ({ id }, _args, { plane }) => secondFactorsOf(plane.store.prisma, id),
    }),
  }),
})

builder.queryField('admin', (t) =>
  t.field({
    type: AdminRef,
    nullable: true,
    authScopes: { can: 'admins:read' },
    description: 'One admin; null when there is none with this id.',
    args: { id: t.arg.id({ required: true, description: 'The id of an admin: `adm_…`.' }) },
    resolve: (_root, { id }, { plane }) => findAdmin(plane, adminNumberOf(id, 'id')),
  }),
)

builder.queryField('admins', (t) =>
  t.connection(
    {
      type: AdminRef,
      authScopes: { can: 'admins:read' },
      description: 'Admins, newest first. first/last: 0 to 100, Default 50.',
      complexity: (args) => ({ field: 5, multiplier: pageSize(args) / 10 }),
      resolve: (_root, args, { plane }) =>
        readPage<AdminRow, number>(args, {
          keyOf: adminNumber,
          cursorOf: ({ id }) => adminId(id),
          find: (page) => findAdmins(plane, page),
        }),
    },
    {
      name: 'AdminConnection',
      description: 'A page of admins.',
      fields: (connection) => ({
        totalCount: connection.int({
          description: 'How many there are in all.',
          resolve: (_page, _args, { plane }) => countAdmins(plane),
        }),
      }),
    },
    { name: 'AdminEdge', description: 'An admin in a page.' },
  ),
)
