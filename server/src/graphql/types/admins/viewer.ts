// The viewer, sign-in, sign-out and setup: the only root fields that a client who is not signed in may use.

import { confirmMeansOf, secondFactorsOf } from '../../../auth/second-factors/means.ts'
import type { SecondStep } from '../../../auth/second-factors/second-step.ts'
import { completeSetup, isSetupRequired } from '../../../auth/setup.ts'
import type { SignedIn } from '../../../auth/sign-in/open-session.ts'
import { signIn, signOut } from '../../../auth/sign-in/sign-in.ts'
import { providerSignOutUrl } from '../../../auth/sso/provider-sign-out.ts'
import { ACTOR_TYPES, type Actor, type ActorType } from '../../../domain/admins/actor.ts'
import { ROLES, type Role } from '../../../domain/admins/permissions.ts'
import { ok, type Result } from '../../../domain/user-error.ts'
import { builder } from '../../builder.ts'
import type { GraphqlContext } from '../../context.ts'
import { describedValues } from '../../described-values.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { ConfirmMeansEnum } from './confirm-means.ts'

const MEANINGS: Record<ActorType, string> = {
  ADMIN: 'A person, signed in to the console.',
  ADMIN_TOKEN: 'Automation, with an admin token.',
  API_KEY: 'An API key, about itself.',
  SYSTEM: 'Latchkey itself.',
}

export const ActorTypeEnum = builder.enumType('ActorType', {
  description: 'The kind of actor.',
  values: describedValues(ACTOR_TYPES, MEANINGS),
})

const ROLE_MEANINGS: Record<Role, string> = {
  OWNER: 'May everything, and decides who administers.',
  ADMIN: 'May everything but change admins and admin tokens.',
  KEY_MANAGER: 'Reads what a viewer reads, and writes API keys.',
  VIEWER: 'Reads keys, logs, usage and settings; no content, no secrets, no admins.',
}

export const AdminRoleEnum = builder.enumType('AdminRole', {
  description: 'What a person may do.',
  values: describedValues(ROLES, ROLE_MEANINGS),
})

export const ViewerRef = builder.objectRef<Actor>('Viewer').implement({
  description: 'The actor of the request.',
  fields: (t) => ({
    type: t.expose('type', { type: ActorTypeEnum, description: 'The kind of actor.' }),
    name: t.exposeString('name', { description: "The admin's username, or the admin token's name." }),
    role: t.expose('role', {
      type: AdminRoleEnum,
      nullable: true,
      description: 'The role of an admin; null for an admin token.',
    }),
    scopes: t.stringList({
      description: 'What the actor may do, such as `keys:read`.',
      resolve: ({ scopes }) => [...scopes].sort(),
    }),
    secondFactors: t.field({
      type: [ConfirmMeansEnum],
      complexity: 5,
      description: 'The second factors of a person; empty: none.',
      resolve: ({ type, id }, _args, { plane }) =>
        type === 'ADMIN' && id !== null ? secondFactorsOf(plane.store.prisma, id) : [],
    }),
    confirmMeans: t.field({
      type: [ConfirmMeansEnum],
      complexity: 5,
      description: 'What a person can send to confirmIdentity; empty for an admin token.',
      resolve: (_actor, _args, { plane, session }) =>
        session === null ? [] : confirmMeansOf(plane.store.prisma, session),
    }),
    mustEnrolSecondFactor: t.boolean({
      description: 'True for a person who may do nothing before a second factor is set up.',
      resolve: (_actor, _args, { session }) => session?.mustEnrol === true,
    }),
  }),
})

builder.queryField('viewer', (t) =>
  t.field({
    type: ViewerRef,
    nullable: true,
    skipTypeScopes: true,
    description: 'The signed-in admin or admin token; null where nobody is signed in.',
    resolve: (_root, _args, { actor }) => actor,
  }),
)

const SetupRef = builder.objectRef<{ required: boolean }>('Setup').implement({
  description: 'What may be known without signing in.',
  fields: (t) => ({
    required: t.exposeBoolean('required', {
      description:
        'True until the first admin exists; until then the console shows how to use the setup link.',
    }),
  }),
})

builder.queryField('setup', (t) =>
  t.field({
    type: SetupRef,
    skipTypeScopes: true,
    description: 'What may be known without signing in.',
    resolve: async (_root, _args, { plane }) => ({ required: await isSetupRequired(plane.store) }),
  }),
)

const SignInInput = builder.inputType('SignInInput', {
  description: 'The credentials of an admin.',
  fields: (t) => ({
    username: t.string({ required: true, description: 'In any letter case.' }),
    password: t.string({ required: true, description: 'The password.' }),
  }),
})

const SecondStepRef = builder.objectRef<SecondStep>('SecondStep').implement({
  description: 'What is still asked for after the password.',
  fields: (t) => ({
    token: t.exposeString('token', { description: 'Send it to verifySecondFactor within five minutes.' }),
    means: t.expose('means', { type: [ConfirmMeansEnum], description: 'What can be shown.' }),
  }),
})

type SignedInOrStep = { viewer: Actor | null; secondStep: SecondStep | null }

const SignInPayload = resultPayload<SignedInOrStep>('SignInPayload', {
  description:
    'The admin who is signed in now. The session is in a cookie that scripts cannot read, and its secret in the response header X-Latchkey-Session, to be sent with each request.',
  errors: 'Why the sign-in failed; empty on success.',
  fields: (t) => ({
    viewer: t.field({
      type: ViewerRef,
      nullable: true,
      description: 'The admin who signed in; null where a second factor is still asked for.',
      resolve: (result) => resultValue(result)?.viewer ?? null,
    }),
    secondStep: t.field({
      type: SecondStepRef,
      nullable: true,
      description: 'What is still asked for; null where the admin has no second factor.',
      resolve: (result) => resultValue(result)?.secondStep ?? null,
    }),
  }),
})

builder.mutationField('signIn', (t) =>
  t.field({
    type: SignInPayload,
    skipTypeScopes: true,
    description: 'Opens a session. After too many failures the result is THROTTLED for a while.',
    args: { input: t.arg({ type: SignInInput, required: true, description: 'The credentials.' }) },
    // More than one attempt in a request could only be guessing.
    complexity: 5_001,
    resolve: async (_root, { input }, context) => {
      const { plane, throttle, challenges, client, cookies } = context
      const result = await signIn({ ...plane, throttle, challenges }, client, input, cookies)
      if (!result.ok) return result
      if ('secondStep' in result.value) return ok({ viewer: null, secondStep: result.value.secondStep })
      const signedIn = await signedInViewer(context, ok(result.value))
      return signedIn.ok ? ok({ viewer: signedIn.value, secondStep: null }) : signedIn
    },
  }),
)

type SignOutResult = { signedOut: boolean; providerUrl: string | null }

const SignOutPayload = builder.objectRef<SignOutResult>('SignOutPayload').implement({
  description: 'The session cookie is removed in any case.',
  fields: (t) => ({
    signedOut: t.exposeBoolean('signedOut', { description: 'True when there was a session to end.' }),
    providerUrl: t.exposeString('providerUrl', {
      nullable: true,
      description:
        'Where the browser goes to sign out at the provider too, and comes back; null: the session was not opened there, or the provider has no such address.',
    }),
  }),
})

builder.mutationField('signOut', (t) =>
  t.field({
    type: SignOutPayload,
    skipTypeScopes: true,
    description: "Ends the browser's session.",
    resolve: async (_root, _args, { plane, sessionToken, client, setSession, site }) => {
      const ended = await signOut(plane, sessionToken, client)
      setSession(null)
      const providerUrl = await providerSignOutUrl(plane, site, ended?.ssoIssuer ?? null)
      return { signedOut: ended !== null, providerUrl }
    },
  }),
)

const CompleteSetupInput = builder.inputType('CompleteSetupInput', {
  description: 'token is the one in the setup link.',
  fields: (t) => ({
    token: t.string({ required: true, description: 'From the link that Latchkey prints at start.' }),
    username: t.string({
      required: true,
      defaultValue: 'admin',
      description: 'Up to 64 letters, digits and . _ @ + -; letter case does not matter.',
    }),
    password: t.string({ required: true, description: '12 to 1,024 characters.' }),
  }),
})

const CompleteSetupPayload = resultPayload<Actor>('CompleteSetupPayload', {
  description: 'The first admin, signed in.',
  errors: 'Why there is none; empty on success.',
  fields: (t) => ({
    viewer: t.field({ type: ViewerRef, nullable: true, description: 'The new admin.', resolve: resultValue }),
  }),
})

builder.mutationField('completeSetup', (t) =>
  t.field({
    type: CompleteSetupPayload,
    skipTypeScopes: true,
    description: 'Makes the first admin and signs it in. Works once, with the setup link.',
    args: {
      input: t.arg({ type: CompleteSetupInput, required: true, description: 'The link and the new admin.' }),
    },
    complexity: 5_001,
    resolve: async (_root, { input }, context) => {
      const result = await completeSetup(context.plane, context.client, input)
      return signedInViewer(context, result)
    },
  }),
)

/** Gives the browser the session that was opened. */
export async function signedInViewer(
  { plane, sessionToken, client, setSession }: GraphqlContext,
  result: Result<SignedIn>,
): Promise<Result<Actor>> {
  if (!result.ok) return result
  // The session that this browser had before must not remain valid after its cookie is replaced.
  await signOut(plane, sessionToken, client)
  setSession(result.value)
  return ok(result.value.actor)
}
