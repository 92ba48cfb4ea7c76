// What the page of a one-time link has to know of it, for whoever has its token and for nobody else.
import { findLinkedInvitation, type Invitation } from '../../../auth/admins/invitations.ts'
import { findPasswordLink } from '../../../auth/admins/passwords.ts'
import { readRole } from '../../../domain/admins/permissions.ts'
import { builder } from '../../builder.ts'
import { AdminRoleEnum } from './viewer.ts'

const TOKEN = 'The one in the link.'

const LinkedInvitationRef = builder.objectRef<Invitation>('LinkedInvitation').implement({
  description: 'What whoever has the link of an invitation is invited to.',
  fields: (t) => ({
    role: t.field({
      type: AdminRoleEnum,
      nullable: true,
      description: 'The role of the new admin. The provider decides otherwise where its roles count.',
      resolve: ({ role }) => readRole(role),
    }),
    invitedBy: t.exposeString('createdBy', { description: 'Who has invited.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When the link stops working.' }),
  }),
})

builder.queryField('linkedInvitation', (t) =>
  t.field({
    type: LinkedInvitationRef,
    nullable: true,
    skipTypeScopes: true,
    description: 'The invitation of a link; null: it is used, revoked, expired or wrong.',
    args: { token: t.arg.string({ required: true, description: TOKEN }) },
    resolve: (_root, { token }, { plane }) => findLinkedInvitation(plane, token),
  }),
)

const PasswordLinkRef = builder.objectRef<{ username: string; expiresAt: Date }>('PasswordLink').implement({
  description: 'Whose password whoever has the link sets.',
  fields: (t) => ({
    username: t.exposeString('username', { description: 'Of the admin.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When the link stops working.' }),
  }),
})

builder.queryField('passwordLink', (t) =>
  t.field({
    type: PasswordLinkRef,
    nullable: true,
    skipTypeScopes: true,
    description: 'The link that sets a password; null: it is used, expired or wrong.',
    args: { token: t.arg.string({ required: true, description: TOKEN }) },
    resolve: (_root, { token }, { plane }) => findPasswordLink(plane, token),
  }),
)
