// Sessions: those of the person who asks, and those of an admin.
import { findAdmin } from '../../../auth/admins/admin-row.ts'
import { endSessionOf } from '../../../auth/admins/manage-admins.ts'
import {
  findSessionsOf,
  type ListedSession,
  revokeOtherSessions,
  revokeSession,
} from '../../../auth/sessions/own-sessions.ts'
import { SIGN_IN_METHODS, type SignInMethod } from '../../../domain/admins/sign-in-rules.ts'
import { builder } from '../../builder.ts'
import { freshActorOf, personOf } from '../../context.ts'
import { describedValues } from '../../described-values.ts'
import { adminNumberOf } from '../../global-id.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { sentAdmin } from '../sent-ids.ts'

const METHODS: Record<SignInMethod, string> = {
  PASSWORD: 'With a password, and a second factor where there is one.',
  PASSKEY: 'With a passkey.',
  SSO: 'At the provider of OpenID Connect.',
}

const SignInMethodEnum = builder.enumType('SignInMethod', {
  description: 'How a session began.',
  values: describedValues(SIGN_IN_METHODS, METHODS),
})

const SessionRef = builder.objectRef<ListedSession>('Session').implement({
  description: 'A signed-in browser.',
  fields: (t) => ({
    id: t.exposeID('id', { description: '`ses_` and 32 hex digits.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it began.' }),
    lastUsedAt: t.expose('lastSeenAt', {
      type: 'DateTime',
      description: 'When it was last used, to the minute.',
    }),
    ip: t.exposeString('ip', { nullable: true, description: 'The address that it began at.' }),
    userAgent: t.exposeString('userAgent', {
      nullable: true,
      description: 'The browser, as it named itself, to 256 characters.',
    }),
    method: t.field({
      type: SignInMethodEnum,
      description: 'How it began.',
      resolve: ({ method }) => SIGN_IN_METHODS.find((known) => known === method) ?? 'PASSWORD',
    }),
    current: t.exposeBoolean('isCurrent', { description: 'True for the session that asks.' }),
  }),
})

builder.queryField('sessions', (t) =>
  t.field({
    type: [SessionRef],
    authScopes: { person: true },
    description: 'Your own sessions that have not ended, newest first; at most 100.',
    complexity: { field: 5, multiplier: 10 },
    resolve: (_root, _args, context) => {
      const { actor, session } = personOf(context)
      return findSessionsOf(context.plane, actor.id, session.tokenHash)
    },
  }),
)

builder.queryField('adminSessions', (t) =>
  t.field({
    type: [SessionRef],
    nullable: true,
    // Where somebody is signed in, and from which address, is for those alone who may end it.
    authScopes: { can: 'admins:write' },
    description:
      'The sessions of an admin that have not ended, newest first; at most 100. Null when there is no such admin.',
    complexity: { field: 5, multiplier: 10 },
    args: { id: t.arg.id({ required: true, description: 'The id of an admin: `adm_…`.' }) },
    resolve: async (_root, { id }, { plane, session }) => {
      const number = adminNumberOf(id, 'id')
      if ((await findAdmin(plane, number)) === null) return null
      return findSessionsOf(plane, number, session?.tokenHash ?? null)
    },
  }),
)

const RevokeSessionInput = builder.inputType('RevokeSessionInput', {
  description: 'Which session.',
  fields: (t) => ({ id: t.id({ required: true, description: 'One of your sessions: `ses_…`.' }) }),
})

const RevokeSessionPayload = resultPayload<string>('RevokeSessionPayload', {
  description: 'The id of the session that has ended.',
  fields: (t) => ({
    revokedId: t.id({
      nullable: true,
      description: 'The id of the session that has ended.',
      resolve: resultValue,
    }),
  }),
})

builder.mutationField('revokeSession', (t) =>
  t.field({
    type: RevokeSessionPayload,
    authScopes: { person: true },
    description: 'Ends one of your sessions.',
    args: { input: t.arg({ type: RevokeSessionInput, required: true, description: 'The input.' }) },
    resolve: (_root, { input }, context) => revokeSession(context.plane, personOf(context).actor, input.id),
  }),
)

const RevokeAdminSessionInput = builder.inputType('RevokeAdminSessionInput', {
  description: 'Whose session, and which.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The admin: `adm_…`.' }),
    sessionId: t.id({ required: true, description: 'One of the sessions of the admin: `ses_…`.' }),
  }),
})

builder.mutationField('revokeAdminSession', (t) =>
  t.field({
    type: RevokeSessionPayload,
    authScopes: { can: 'admins:write' },
    description: 'Ends one session of an admin, who may sign in anew.',
    args: { input: t.arg({ type: RevokeAdminSessionInput, required: true, description: 'The input.' }) },
    resolve: async (_root, { input }, context) => {
      const number = sentAdmin(input.id)
      if (!number.ok) return number
      return endSessionOf(context.plane, await freshActorOf(context), number.value, input.sessionId)
    },
  }),
)

const RevokeOtherSessionsPayload = builder
  .objectRef<{ ended: number }>('RevokeOtherSessionsPayload')
  .implement({
    description: 'How many sessions have ended.',
    fields: (t) => ({
      endedSessions: t.exposeInt('ended', { description: 'How many sessions have ended.' }),
    }),
  })

builder.mutationField('revokeOtherSessions', (t) =>
  t.field({
    type: RevokeOtherSessionsPayload,
    authScopes: { person: true },
    description: 'Ends all of your sessions but the one that asks.',
    resolve: async (_root, _args, context) => {
      const { actor, session } = personOf(context)
      return { ended: await revokeOtherSessions(context.plane, actor, session.tokenHash) }
    },
  }),
)
