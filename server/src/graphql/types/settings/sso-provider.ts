// The provider of OpenID Connect that people sign in at: set up, tested, removed.
import { readProvider, type SsoProvider } from '../../../auth/sso/provider-row.ts'
import { deleteProvider, updateProvider } from '../../../auth/sso/write-provider.ts'
import type { RoleRule } from '../../../domain/admins/sso/sso-input.ts'
import { builder } from '../../builder.ts'
import { freshActorOf } from '../../context.ts'
import { AdminRoleEnum } from '../admins/viewer.ts'
import { resultPayload, resultValue } from '../payload.ts'

const ISSUER =
  'The issuer, as its tokens name it: `https://login.example.com`. http is for this machine alone'
const SCOPES = 'What is asked for, `openid` among it'
const LABEL = 'What the button of the sign-in page says behind "Continue with": 1 to 60 characters'
const ROLE_CLAIM =
  'The claim that says what a person may do here, or its path: `groups`, `realm_access.roles`'
const MAPPING = 'Which value of roleClaim makes which role; of several the highest. Applied at each sign-in'
const DEFAULT_ROLE = 'The role of new admins without roleClaim, and of everybody whom roleClaim gives none'
const DOMAINS = 'The domains of verified e-mail addresses that may sign in; a subdomain is another domain'
const CREATES = 'Whether somebody without an account here gets one at the first sign-in'
const LINKS =
  'Whether the account is linked to an admin whose e-mail address the provider has verified. Only for a provider that lets nobody choose an address that is not his'
const OWNERS_CLAIM = 'The claim with the external ids of the owners whose keys a KEY_MANAGER administers'

const RoleRuleRef = builder.objectRef<RoleRule>('SsoRoleRule').implement({
  description: 'A value of the role claim, and what it makes of a person here.',
  fields: (t) => ({
    value: t.exposeString('value', { description: 'The value of the claim.' }),
    role: t.expose('role', { type: AdminRoleEnum, description: 'The role.' }),
  }),
})

const SsoProviderRef = builder.objectRef<SsoProvider>('SsoProvider').implement({
  description: 'The provider of OpenID Connect that people sign in at.',
  authScopes: { can: 'settings:read' },
  fields: (t) => ({
    issuer: t.exposeString('issuer', { description: `${ISSUER}.` }),
    clientId: t.exposeString('clientId', { description: 'What the provider calls this server.' }),
    hasClientSecret: t.exposeBoolean('hasClientSecret', {
      description:
        'Whether a client secret is kept; it is never shown. False: a public client, with PKCE alone.',
    }),
    scopes: t.exposeStringList('scopes', { description: `${SCOPES}.` }),
    buttonLabel: t.exposeString('buttonLabel', { description: `${LABEL}.` }),
    roleClaim: t.exposeString('roleClaim', {
      nullable: true,
      description: `${ROLE_CLAIM}; null: roles are set here alone.`,
    }),
    roleMapping: t.expose('roleMapping', { type: [RoleRuleRef], description: `${MAPPING}.` }),
    defaultRole: t.expose('defaultRole', {
      type: AdminRoleEnum,
      nullable: true,
      description: `${DEFAULT_ROLE}; null: they are refused.`,
    }),
    emailDomains: t.exposeStringList('emailDomains', {
      nullable: true,
      description: `${DOMAINS}; null: every account.`,
    }),
    createsAdmins: t.exposeBoolean('createsAdmins', { description: `${CREATES}.` }),
    linksVerifiedEmails: t.exposeBoolean('linksVerifiedEmails', { description: `${LINKS}.` }),
    ownersClaim: t.exposeString('ownersClaim', {
      nullable: true,
      description: `${OWNERS_CLAIM}; null: they are set here alone.`,
    }),
    version: t.exposeInt('version', {
      description: 'Increases with every change; pass it as expectedVersion.',
    }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last changed.' }),
  }),
})

builder.queryField('ssoProvider', (t) =>
  t.field({
    type: SsoProviderRef,
    nullable: true,
    authScopes: { can: 'settings:read' },
    description: 'The provider that people sign in at; null: none is set up.',
    resolve: (_root, _args, { plane }) => readProvider(plane.store.prisma),
  }),
)

const RoleRuleInput = builder.inputType('SsoRoleRuleInput', {
  description: 'A value of the role claim, and what it makes of a person here.',
  fields: (t) => ({
    value: t.string({ required: true, description: '1 to 200 characters.' }),
    role: t.field({ type: AdminRoleEnum, required: true, description: 'The role.' }),
  }),
})

const UpdateSsoProviderInput = builder.inputType('UpdateSsoProviderInput', {
  description:
    'A field that is absent stays as it is; null clears it. The first time, issuer and clientId are needed.',
  fields: (t) => ({
    issuer: t.string({ description: `${ISSUER}.` }),
    clientId: t.string({ description: '1 to 255 printable ASCII characters.' }),
    clientSecret: t.string({
      description: 'Write-only, kept sealed; null: a public client. Another issuer needs it again.',
    }),
    scopes: t.stringList({ description: `${SCOPES}: at most 20. null: openid, profile and email.` }),
    buttonLabel: t.string({ description: `${LABEL}.` }),
    roleClaim: t.string({ description: `${ROLE_CLAIM}.` }),
    roleMapping: t.field({ type: [RoleRuleInput], description: `${MAPPING}. At most 100.` }),
    defaultRole: t.field({ type: AdminRoleEnum, description: `${DEFAULT_ROLE}; null: they are refused.` }),
    emailDomains: t.stringList({ description: `${DOMAINS}: at most 100. null: every account.` }),
    createsAdmins: t.boolean({ description: `${CREATES}.` }),
    linksVerifiedEmails: t.boolean({ description: `${LINKS}.` }),
    ownersClaim: t.string({ description: `${OWNERS_CLAIM}.` }),
    expectedVersion: t.int({
      description: 'The version that you last read, 0 of none: STALE when it has changed since.',
    }),
  }),
})

const UpdateSsoProviderPayload = resultPayload<SsoProvider>('UpdateSsoProviderPayload', {
  description: 'The provider that people sign in at.',
  fields: (t) => ({
    ssoProvider: t.field({
      type: SsoProviderRef,
      nullable: true,
      description: 'The provider as it is now.',
      resolve: resultValue,
    }),
  }),
})

builder.mutationField('updateSsoProvider', (t) =>
  t.field({
    type: UpdateSsoProviderPayload,
    authScopes: { can: 'settings:write' },
    description:
      'Sets up the provider that people sign in at, or changes it. It decides who administers, so it needs admins:write beside.',
    args: { input: t.arg({ type: UpdateSsoProviderInput, required: true, description: 'The input.' }) },
    resolve: async (_root, { input }, context) => {
      const actor = await freshActorOf(context)
      const { expectedVersion = null, ...changes } = input
      return updateProvider(context.plane, actor, context.session, { ...changes, expectedVersion })
    },
  }),
)

const DeleteSsoProviderPayload = resultPayload<null>('DeleteSsoProviderPayload', {
  description: 'The provider is removed, unless there are userErrors.',
  fields: (t) => ({
    deleted: t.boolean({ description: 'True where it was removed.', resolve: ({ ok }) => ok }),
  }),
})

builder.mutationField('deleteSsoProvider', (t) =>
  t.field({
    type: DeleteSsoProviderPayload,
    authScopes: { can: 'settings:write' },
    description:
      'Removes the provider and ends the sessions that it has opened, but for yours. Refused while sign-in with passwords is switched off. Needs admins:write beside.',
    resolve: async (_root, _args, context) =>
      deleteProvider(context.plane, await freshActorOf(context), context.session),
  }),
)
