// The test of the provider of OpenID Connect.
import {
  SSO_TEST_STEPS,
  type SsoTestResult,
  type SsoTestStep,
  testProvider,
} from '../../../auth/sso/test-provider.ts'
import {
  SSO_TEST_CODES,
  type SsoTestCode,
  type SsoTestDetail,
} from '../../../domain/admins/sso/sso-test-code.ts'
import { builder } from '../../builder.ts'
import { freshActorOf } from '../../context.ts'
import { describedValues } from '../../described-values.ts'
import { SsoFaultEnum } from '../admins/sso.ts'
import { resultPayload, resultValue } from '../payload.ts'

const STEPS: Record<SsoTestStep, string> = {
  DISCOVERY: 'The provider responds at its issuer, and names itself as it.',
  ENDPOINTS: 'All addresses that are needed are https:// URLs.',
  PKCE: 'S256 is supported.',
  SIGNATURES: 'ID tokens are signed with keys of the provider.',
  KEYS: 'The keys can be read.',
  CLIENT: 'The client id and the client secret are known.',
  SIGN_OUT: 'Which ways of signing out there are; never wrong.',
}

const SsoTestStepEnum = builder.enumType('SsoTestStep', {
  description: 'What is tried of the provider.',
  values: describedValues(SSO_TEST_STEPS, STEPS),
})

const SsoTestCodeEnum = builder.enumType('SsoTestCode', {
  description: 'What a step of the test found, or why it failed. More may follow.',
  values: describedValues(Object.keys(SSO_TEST_CODES) as SsoTestCode[], SSO_TEST_CODES),
})

const SsoTestDetailRef = builder.objectRef<SsoTestDetail>('SsoTestDetail').implement({
  description: 'The numbers and names of an SsoTestCode; null: it has none of this kind.',
  fields: (t) => ({
    issuer: t.exposeString('issuer', { nullable: true, description: 'What the provider names itself.' }),
    names: t.exposeStringList('names', {
      nullable: true,
      description: 'Names of addresses, or of algorithms: at most 20.',
    }),
    keys: t.exposeInt('keys', { nullable: true, description: 'How many keys there are.' }),
    status: t.exposeInt('status', { nullable: true, description: 'The status of the response.' }),
    fault: t.expose('fault', { type: SsoFaultEnum, nullable: true, description: 'Of FAILED: why.' }),
    reported: t.exposeString('reported', {
      nullable: true,
      description: 'What the provider or the connection reported, in technical words: up to 300 characters.',
    }),
  }),
})

const SsoTestResultRef = builder.objectRef<SsoTestResult>('SsoTestResult').implement({
  description: 'What came of one step.',
  fields: (t) => ({
    step: t.expose('step', { type: SsoTestStepEnum, description: 'What was tried.' }),
    ok: t.exposeBoolean('ok', { description: 'Whether it went well.' }),
    code: t.expose('code', { type: SsoTestCodeEnum, description: 'What was found, or why it failed.' }),
    detail: t.expose('detail', { type: SsoTestDetailRef, description: 'The numbers and names of the code.' }),
    message: t.exposeString('message', { description: 'What was found, or what to change, in English.' }),
  }),
})

const TestSsoProviderPayload = resultPayload<SsoTestResult[]>('TestSsoProviderPayload', {
  description: 'What came of each step.',
  errors: 'Why nothing was tried; empty on success.',
  fields: (t) => ({
    results: t.field({
      type: [SsoTestResultRef],
      nullable: true,
      description: 'In the order of the steps. Without DISCOVERY nothing else is tried.',
      resolve: resultValue,
    }),
  }),
})

builder.mutationField('testSsoProvider', (t) =>
  t.field({
    type: TestSsoProviderPayload,
    authScopes: { can: 'settings:write' },
    description: 'Tries the provider step by step, without a person. Needs admins:write beside.',
    complexity: 1_001,
    resolve: async (_root, _args, context) => testProvider(context.plane, await freshActorOf(context)),
  }),
)
