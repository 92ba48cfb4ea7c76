// Signing in at the provider of OpenID Connect, and back.

import { faultIn, type SsoResult } from '../../../auth/sso/sso-failure.ts'
import {
  completeSso,
  SSO_PURPOSES,
  type SsoDone,
  type SsoPurpose,
  type SsoStart,
  startSso,
} from '../../../auth/sso/sso-flow.ts'
import type { Actor } from '../../../domain/admins/actor.ts'
import { SSO_FAULTS, type SsoFault, ssoMessage } from '../../../domain/admins/sso/sso-fault.ts'
import { builder } from '../../builder.ts'
import { freshPersonOf, type GraphqlContext, personOf } from '../../context.ts'
import { describedValues } from '../../described-values.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { signedInViewer, ViewerRef } from './viewer.ts'

const INPUT = 'The input.'

const PURPOSES: Record<SsoPurpose, string> = {
  SIGN_IN: 'To open a session.',
  CONFIRM: 'To confirm who is at the keyboard of a session, as STEP_UP_REQUIRED asks for.',
  LINK: 'To make the account another way to sign in for the admin who is signed in.',
}

const SsoPurposeEnum = builder.enumType('SsoPurpose', {
  description: 'Why somebody goes to the provider.',
  values: describedValues(SSO_PURPOSES, PURPOSES),
})

const FAULTS = Object.fromEntries(SSO_FAULTS.map((fault) => [fault, ssoMessage(fault)])) as Record<
  SsoFault,
  string
>

/** Why a sign-in at the provider did not come to its end. */
export const SsoFaultEnum = builder.enumType('SsoFault', {
  description: 'Why a sign-in at the provider did not come to its end.',
  values: describedValues(SSO_FAULTS, FAULTS),
})

const FAULT = 'The same as userErrors, by a name; null on success.'

const StartSsoInput = builder.inputType('StartSsoInput', {
  description: 'Why somebody goes to the provider.',
  fields: (t) => ({
    purpose: t.field({ type: SsoPurposeEnum, required: true, defaultValue: 'SIGN_IN', description: 'Why.' }),
    invitationToken: t.string({
      description: 'The token of the link of an invitation, which is accepted with the account.',
    }),
  }),
})

const StartSsoPayload = resultPayload<SsoStart>('StartSsoPayload', {
  description: 'Where the browser goes.',
  errors: 'Why it goes nowhere; empty on success.',
  fields: (t) => ({
    url: t.string({
      nullable: true,
      description: 'The page of the provider.',
      resolve: (result) => resultValue(result)?.url ?? null,
    }),
    token: t.string({
      nullable: true,
      description:
        'Keep it in the tab, such as in sessionStorage, and send it to completeSso within ten minutes. It works once.',
      resolve: (result) => resultValue(result)?.token ?? null,
    }),
    fault: t.field({ type: SsoFaultEnum, nullable: true, description: FAULT, resolve: faultIn }),
  }),
})

builder.mutationField('startSso', (t) =>
  t.field({
    type: StartSsoPayload,
    skipTypeScopes: true,
    description: 'Begins a sign-in at the provider. CONFIRM and LINK are for who is signed in.',
    complexity: 5_001,
    args: { input: t.arg({ type: StartSsoInput, required: true, description: INPUT }) },
    resolve: async (_root, { input: { purpose, invitationToken } }, context) => {
      const person =
        purpose === 'SIGN_IN' ? null : purpose === 'LINK' ? await freshPersonOf(context) : personOf(context)
      const sent = { purpose, invitationToken: invitationToken ?? null }
      return startSso(depsOf(context), context.site, sent, person)
    },
  }),
)

const CompleteSsoInput = builder.inputType('CompleteSsoInput', {
  description: 'What the provider has sent the browser back with.',
  fields: (t) => ({
    token: t.string({ required: true, description: 'From startSso.' }),
    callback: t.string({
      required: true,
      description:
        'The query of the page at `/login/sso`, as it is: `code=…&state=…`. At most 4,096 characters.',
    }),
  }),
})

/** `viewer`: of SIGN_IN alone. */
type Completed = { done: SsoDone; viewer: Actor | null }

const CompleteSsoPayload = resultPayload<Completed>('CompleteSsoPayload', {
  description: 'What the sign-in at the provider came to.',
  errors: 'Why it came to nothing; empty on success.',
  fields: (t) => ({
    purpose: t.field({
      type: SsoPurposeEnum,
      nullable: true,
      description: 'Why it was begun.',
      resolve: (result) => resultValue(result)?.done.purpose ?? null,
    }),
    viewer: t.field({
      type: ViewerRef,
      nullable: true,
      description: 'Who is signed in now, of SIGN_IN; null of the others.',
      resolve: (result) => resultValue(result)?.viewer ?? null,
    }),
    confirmedUntil: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Until then nothing is asked again, of CONFIRM; null of the others.',
      resolve: (result) => {
        const done = resultValue(result)?.done
        return done?.purpose === 'CONFIRM' ? new Date(done.confirmedUntilMs) : null
      },
    }),
    fault: t.field({ type: SsoFaultEnum, nullable: true, description: FAULT, resolve: faultIn }),
  }),
})

builder.mutationField('completeSso', (t) =>
  t.field({
    type: CompleteSsoPayload,
    skipTypeScopes: true,
    description: 'Ends a sign-in at the provider. Of SIGN_IN the session is as that of signIn.',
    complexity: 5_001,
    args: { input: t.arg({ type: CompleteSsoInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context): Promise<SsoResult<Completed>> => {
      const { session, client, cookies } = context
      const person = session === null ? null : personOf(context)
      const result = await completeSso(depsOf(context), client, input, person, cookies)
      if (!result.ok) return result
      const done = result.value
      if (done.purpose !== 'SIGN_IN') return { ok: true, value: { done, viewer: null } }
      const viewer = resultValue(await signedInViewer(context, { ok: true, value: done.signedIn }))
      return { ok: true, value: { done, viewer } }
    },
  }),
)

function depsOf({ plane, challenges }: GraphqlContext) {
  return { ...plane, challenges }
}
