// Authenticator apps and backup codes: enrolled, asked for, and taken once.
import { Secret, TOTP } from 'otpauth'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cookieOf, graphql, PASSWORD, SIGN_IN, signIn } from '../../support/api/client.ts'
import { signedInAs } from '../../support/api/people.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

const MINUTE = 60_000
const STEP = 30_000
const SIGN_IN_STEP = `mutation ($input: SignInInput!) {
  signIn(input: $input) { viewer { name } secondStep { token means } userErrors { code field } }
}`
const VERIFY = `mutation ($input: VerifySecondFactorInput!) {
  verifySecondFactor(input: $input) { viewer { name } userErrors { code field } }
}`
const ENROL = 'mutation { enrolTotp { secret uri userErrors { code } } }'
const CONFIRM =
  'mutation ($input: ConfirmTotpInput!) { confirmTotp(input: $input) { backupCodes userErrors { code field } } }'
const DISABLE = 'mutation { disableTotp { disabled userErrors { code } } }'
const WRONG = { viewer: null, userErrors: [{ code: 'WRONG_CREDENTIALS', field: ['input', 'code'] }] }
const ENDED = { viewer: null, userErrors: [{ code: 'WRONG_CREDENTIALS', field: ['input', 'token'] }] }

let nowMs = Date.parse('2026-11-22T00:00:00Z')
let latchkey: TestLatchkey
beforeAll(async () => {
  latchkey = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD }, clock: () => nowMs })
})
afterAll(() => latchkey.close())

async function as(cookie: string, query: string, input?: Record<string, unknown>) {
  const { data, errors } = await graphql(latchkey, query, input === undefined ? {} : { input }, { cookie })
  // biome-ignore lint/suspicious/noExplicitAny: a test reads into the response that it requested
  return { errors, payload: data === undefined || data === null ? null : (Object.values(data)[0] as any) }
}

function codeOf(secret: string, atMs = nowMs): string {
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: atMs })
}

/** Enrols an app for the signed-in admin. */
async function enrol(cookie: string) {
  const { secret, uri } = (await as(cookie, ENROL)).payload
  const { backupCodes } = (await as(cookie, CONFIRM, { code: codeOf(secret) })).payload
  nowMs += STEP
  return { secret: secret as string, uri: uri as string, backupCodes: backupCodes as string[] }
}

async function firstStep(username: string) {
  const { data } = await graphql(latchkey, SIGN_IN_STEP, { input: { username, password: PASSWORD } })
  return data.signIn
}

async function secondStep(token: string, code: string) {
  const response = await graphql(latchkey, VERIFY, { input: { token, code } })
  return { ...response.data.verifySecondFactor, cookie: cookieOf(response) }
}

test('an app is in force from its first right code on, and its secret is stored sealed', async () => {
  const { cookie } = await signedInAs(latchkey, 'ADMIN', 'ada')
  expect((await as(cookie, CONFIRM, { code: '000000' })).payload.userErrors[0].code).toBe('NOT_FOUND')
  const { secret, uri } = (await as(cookie, ENROL)).payload
  expect(uri).toBe(
    `otpauth://totp/Latchkey:ada?issuer=Latchkey&secret=${secret}&algorithm=SHA1&digits=6&period=30`,
  )
  for (const code of [
    '',
    '12345',
    '1234567',
    'abcdef',
    codeOf(secret, nowMs + 10 * MINUTE),
    'x'.repeat(5_000),
  ])
    expect((await as(cookie, CONFIRM, { code })).payload.userErrors[0].code).toBe('WRONG_CREDENTIALS')
  // Enrolled alone, it is not asked for.
  expect((await firstStep('ada')).viewer).toEqual({ name: 'ada' })
  const { backupCodes } = (await as(cookie, CONFIRM, { code: codeOf(secret) })).payload
  expect(backupCodes).toHaveLength(10)
  for (const code of backupCodes) expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}$/)
  const stored = await latchkey.app.store.prisma.admin.findUniqueOrThrow({ where: { username: 'ada' } })
  expect(stored.totpSecret).not.toContain(secret)
  expect((await as(cookie, ENROL)).payload.userErrors[0].code).toBe('IMMUTABLE')
  expect((await as(cookie, '{ viewer { secondFactors } }')).payload.secondFactors).toEqual([
    'TOTP',
    'BACKUP_CODE',
  ])
})

test('signing in takes two steps, and a code is right once', async () => {
  const { cookie } = await signedInAs(latchkey, 'ADMIN', 'grace')
  const { secret } = await enrol(cookie)
  const first = await firstStep('grace')
  expect(first).toEqual({
    viewer: null,
    secondStep: { token: expect.any(String), means: ['TOTP', 'BACKUP_CODE'] },
    userErrors: [],
  })
  const { token } = first.secondStep
  expect(await secondStep(token, '000000')).toEqual({ ...WRONG, cookie: null })
  expect(await secondStep(token, codeOf(secret, nowMs - 2 * STEP))).toEqual({ ...WRONG, cookie: null })
  const code = codeOf(secret)
  // Two requests at once with the same code.
  const both = await Promise.all([secondStep(token, code), secondStep(token, code)])
  expect(both.filter(({ viewer }) => viewer !== null)).toHaveLength(1)
  expect(await secondStep(token, codeOf(secret, nowMs + STEP))).toEqual({ ...ENDED, cookie: null })
  const again = (await firstStep('grace')).secondStep.token
  expect(await secondStep(again, code)).toEqual({ ...WRONG, cookie: null })
  expect(await secondStep(again, codeOf(secret, nowMs + STEP))).toMatchObject({ viewer: { name: 'grace' } })
})

test('the second step lasts five minutes, and no other text is one', async () => {
  const { cookie } = await signedInAs(latchkey, 'ADMIN', 'linus')
  const { secret } = await enrol(cookie)
  const { token } = (await firstStep('linus')).secondStep
  nowMs += 5 * MINUTE + 1
  for (const sent of [token, '', 'x', `${token.slice(0, -2)}xx`, 'x'.repeat(9_000), 'gAAAA=='])
    expect(await secondStep(sent, codeOf(secret))).toEqual({ ...ENDED, cookie: null })
})

test('ten wrong codes in an hour, from wherever, and no more is verified; backup codes are counted with them', async () => {
  const { cookie } = await signedInAs(latchkey, 'ADMIN', 'dennis')
  const { secret, backupCodes } = await enrol(cookie)
  const { token } = (await firstStep('dennis')).secondStep
  for (let i = 0; i < 10; i++) expect(await secondStep(token, '000000')).toMatchObject(WRONG)
  for (const code of [codeOf(secret), backupCodes[0] ?? ''])
    expect((await secondStep(token, code)).userErrors).toEqual([
      { code: 'THROTTLED', field: ['input', 'code'] },
    ])
  nowMs += 60 * MINUTE
  const later = (await firstStep('dennis')).secondStep.token
  expect((await secondStep(later, codeOf(secret))).viewer).toEqual({ name: 'dennis' })
})

test('a backup code works once, in any spelling, and new ones replace the others', async () => {
  const { cookie } = await signedInAs(latchkey, 'ADMIN', 'mary')
  const { backupCodes } = await enrol(cookie)
  const [first = '', second = ''] = backupCodes
  const spelled = first.toLowerCase().replaceAll('-', ' ')
  expect((await secondStep((await firstStep('mary')).secondStep.token, spelled)).viewer).toEqual({
    name: 'mary',
  })
  expect(await secondStep((await firstStep('mary')).secondStep.token, first)).toMatchObject(WRONG)
  const renewed = (await as(cookie, 'mutation { renewBackupCodes { backupCodes userErrors { code } } }'))
    .payload
  expect(renewed.backupCodes).toHaveLength(10)
  expect(await secondStep((await firstStep('mary')).secondStep.token, second)).toMatchObject(WRONG)
})

test('who has a second factor confirms with it, not with the password', async () => {
  const { cookie } = await signedInAs(latchkey, 'OWNER', 'ken')
  const { secret } = await enrol(cookie)
  nowMs += 10 * MINUTE
  const invite = await as(cookie, 'mutation { inviteAdmin(input: { role: VIEWER }) { url } }')
  expect(invite.errors?.[0]?.extensions).toMatchObject({
    code: 'STEP_UP_REQUIRED',
    means: ['TOTP', 'BACKUP_CODE'],
  })
  const IDENTITY = `mutation ($input: ConfirmIdentityInput!) {
    confirmIdentity(input: $input) { userErrors { code field } }
  }`
  expect((await as(cookie, IDENTITY, { password: PASSWORD })).payload.userErrors).toEqual([
    { code: 'REQUIRED', field: ['input', 'code'] },
  ])
  expect((await as(cookie, IDENTITY, { code: codeOf(secret) })).payload.userErrors).toEqual([])
  expect((await as(cookie, DISABLE)).payload).toEqual({ disabled: true, userErrors: [] })
  expect((await firstStep('ken')).viewer).toEqual({ name: 'ken' })
})

test('where a second factor is required, who has none may do nothing but set one up', async () => {
  const viewer = await signedInAs(latchkey, 'VIEWER', 'barbara')
  const owner = await signedInAs(latchkey, 'OWNER', 'alan')
  const RULE = (rule: string) =>
    `mutation { updateSettings(input: { requireSecondFactor: ${rule} }) { userErrors { code } } }`
  await latchkey.graphql(RULE('ADMINS'))
  expect((await as(viewer.cookie, '{ apiKeys { totalCount } }')).errors).toBeUndefined()
  const refused = await as(owner.cookie, '{ apiKeys { totalCount } }')
  expect(refused.errors?.[0]?.extensions.code).toBe('SECOND_FACTOR_REQUIRED')
  await latchkey.graphql(RULE('ALL'))
  expect((await as(viewer.cookie, '{ apiKeys { totalCount } }')).errors?.[0]?.extensions.code).toBe(
    'SECOND_FACTOR_REQUIRED',
  )
  const rest = await fetch(`${latchkey.url}/api/api-keys`, {
    headers: { authorization: `Bearer ${latchkey.adminToken}` },
  })
  expect(rest.status).toBe(200)
  expect((await as(owner.cookie, '{ viewer { mustEnrolSecondFactor } }')).payload).toEqual({
    mustEnrolSecondFactor: true,
  })
  await enrol(owner.cookie)
  expect((await as(owner.cookie, '{ apiKeys { totalCount } }')).errors).toBeUndefined()
  await latchkey.graphql(RULE('NONE'))
  // An owner takes the second factors of one who has lost them.
  const REMOVE =
    'mutation ($input: AdminIdInput!) { removeAdminSecondFactors(input: $input) { admin { secondFactors } } }'
  const removed = await latchkey.graphql(REMOVE, { input: { id: owner.id } })
  expect(removed.data.removeAdminSecondFactors.admin.secondFactors).toEqual([])
  const { data } = await graphql(latchkey, SIGN_IN, { input: { username: 'alan', password: PASSWORD } })
  expect(data.signIn.viewer.name).toBe('alan')
  await signIn(latchkey, 'barbara')
})
