// The provider of OpenID Connect that people sign in at: what an admin sets, and what the test of it says.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { graphql } from '../../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { setProvider } from '../../support/sso/sso-client.ts'
import {
  CLIENT_ID,
  CLIENT_SECRET,
  startTestProvider,
  type TestProvider,
} from '../../support/sso/test-provider.ts'

const FIELDS = `issuer clientId hasClientSecret scopes buttonLabel roleClaim roleMapping { value role } defaultRole
  emailDomains createsAdmins linksVerifiedEmails ownersClaim version`
const UPDATE = `mutation ($input: UpdateSsoProviderInput!) {
  updateSsoProvider(input: $input) { ssoProvider { ${FIELDS} } userErrors { code field message } }
}`
const TEST =
  'mutation { testSsoProvider { results { step ok code detail { keys fault } message } userErrors { code } } }'

let latchkey: TestLatchkey
let provider: TestProvider
beforeAll(async () => {
  latchkey = await startLatchkey()
  provider = await startTestProvider(latchkey.url)
})
afterAll(async () => {
  await provider?.stop()
  await latchkey?.close()
})

async function update(input: Record<string, unknown>) {
  return (await latchkey.graphql(UPDATE, { input })).data.updateSsoProvider
}

type Found = { step: string; ok: boolean; code: string; detail: object; message: string }

async function results(): Promise<Found[]> {
  return (await latchkey.graphql(TEST)).data.testSsoProvider.results
}

async function tried() {
  return Object.fromEntries((await results()).map(({ step, ok, message }) => [step, ok || message]))
}

test('is set up with defaults, changed by version, and never shows its secret', async () => {
  expect((await latchkey.graphql('{ ssoProvider { issuer } }')).data.ssoProvider).toBeNull()
  expect((await graphql(latchkey, '{ signInOptions { passwords ssoLabel } }')).data.signInOptions).toEqual({
    passwords: true,
    ssoLabel: null,
  })
  const first = {
    issuer: provider.issuer,
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    expectedVersion: 0,
  }
  expect(await update(first)).toEqual({
    ssoProvider: {
      issuer: provider.issuer,
      clientId: CLIENT_ID,
      hasClientSecret: true,
      scopes: ['openid', 'profile', 'email'],
      buttonLabel: 'SSO',
      roleClaim: null,
      roleMapping: [],
      defaultRole: null,
      emailDomains: null,
      createsAdmins: false,
      linksVerifiedEmails: false,
      ownersClaim: null,
      version: 1,
    },
    userErrors: [],
  })
  expect((await update(first)).userErrors).toMatchObject([{ code: 'STALE' }])
  const changed = await update({
    buttonLabel: ' Example ',
    roleClaim: 'groups',
    roleMapping: [{ value: 'a', role: 'ADMIN' }],
    emailDomains: ['Example.com', 'example.com'],
    expectedVersion: 1,
  })
  expect(changed.ssoProvider).toMatchObject({
    buttonLabel: 'Example',
    roleMapping: [{ value: 'a', role: 'ADMIN' }],
    emailDomains: ['example.com'],
    hasClientSecret: true,
    version: 2,
  })
  // Nothing has changed, and nothing is written.
  expect((await update({ buttonLabel: 'Example' })).ssoProvider.version).toBe(2)
  const cleared = await update({ roleClaim: null, roleMapping: null, emailDomains: null, clientSecret: null })
  expect(cleared.ssoProvider).toMatchObject({ roleMapping: [], emailDomains: null, hasClientSecret: false })
})

test.for([
  [{ clientId: '' }, 'clientId', 'REQUIRED'],
  [{ clientId: 'ä' }, 'clientId', 'INVALID'],
  [{ clientId: 'x'.repeat(256) }, 'clientId', 'TOO_LONG'],
  [{ clientSecret: '' }, 'clientSecret', 'INVALID'],
  [{ clientSecret: 'x'.repeat(4_097) }, 'clientSecret', 'INVALID'],
  [{ scopes: ['profile'] }, 'scopes', 'REQUIRED'],
  [{ scopes: ['openid', 'a b'] }, 'scopes[1]', 'INVALID'],
  [{ scopes: Array.from({ length: 21 }, (_, at) => `s${at}`) }, 'scopes', 'TOO_LONG'],
  [{ buttonLabel: ' ' }, 'buttonLabel', 'REQUIRED'],
  [{ buttonLabel: 'x'.repeat(61) }, 'buttonLabel', 'TOO_LONG'],
  [{ buttonLabel: 'a\u202eb' }, 'buttonLabel', 'INVALID'],
  [{ roleClaim: 'a b' }, 'roleClaim', 'INVALID'],
  [{ ownersClaim: 'x'.repeat(201) }, 'ownersClaim', 'TOO_LONG'],
  [{ roleMapping: [{ value: 'a', role: 'ADMIN' }] }, 'roleClaim', 'REQUIRED'],
  [{ roleClaim: 'groups' }, 'roleMapping', 'REQUIRED'],
  [{ roleClaim: 'g', roleMapping: [{ value: '', role: 'ADMIN' }] }, 'roleMapping[0].value', 'INVALID'],
  [
    {
      roleClaim: 'g',
      roleMapping: [
        { value: 'a', role: 'ADMIN' },
        { value: 'a', role: 'VIEWER' },
      ],
    },
    'roleMapping[1].value',
    'INVALID',
  ],
  [{ createsAdmins: true }, 'defaultRole', 'REQUIRED'],
  [{ emailDomains: ['@example.com'] }, 'emailDomains[0]', 'INVALID'],
  [{ emailDomains: ['localhost'] }, 'emailDomains[0]', 'INVALID'],
] as const)('%j is refused, and says which field', async ([input, field, code]) => {
  await setProvider(latchkey, provider)
  const { ssoProvider, userErrors } = await update(input)
  expect(ssoProvider).toBeNull()
  expect(userErrors).toMatchObject([{ code, field: ['input', ...field.split(/[.[\]]+/).filter(Boolean)] }])
})

test('the test of it names what is wrong, step by step', async () => {
  await setProvider(latchkey, provider)
  expect(await tried()).toEqual({
    DISCOVERY: true,
    ENDPOINTS: true,
    PKCE: true,
    SIGNATURES: true,
    KEYS: true,
    CLIENT: true,
    SIGN_OUT: true,
  })
  expect((await results()).map(({ code }) => code)).toEqual([
    'ISSUER_FOUND',
    'ENDPOINTS_FOUND',
    'PKCE_SUPPORTED',
    'SIGNATURES_USABLE',
    'KEYS_FOUND',
    'CLIENT_KNOWN',
    expect.stringMatching(/^SIGN_OUT_/),
  ])
  await update({ clientSecret: 'a wrong secret' })
  expect(await tried()).toMatchObject({
    DISCOVERY: true,
    CLIENT: expect.stringContaining('refuses the client id or the client secret'),
  })
  await update({ issuer: `${provider.issuer}/elsewhere`, clientSecret: CLIENT_SECRET })
  expect(await tried()).toEqual({ DISCOVERY: expect.stringContaining('cannot be used') })
  await update({ issuer: 'http://127.0.0.1:9', clientSecret: CLIENT_SECRET })
  expect(await tried()).toEqual({ DISCOVERY: expect.stringContaining('ECONNREFUSED') })
  expect(await results()).toMatchObject([{ code: 'FAILED', detail: { fault: 'PROVIDER_UNREACHABLE' } }])
})
