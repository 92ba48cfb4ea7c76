// The audit trail takes a bounded number of failed sign-ins of a network, by whichever step they fail.

import { Secret, TOTP } from 'otpauth'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { graphql, PASSWORD, SIGN_IN, signIn } from '../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'

const STEP = 'mutation ($input: SignInInput!) { signIn(input: $input) { secondStep { token } } }'
const VERIFY =
  'mutation ($input: VerifySecondFactorInput!) { verifySecondFactor(input: $input) { userErrors { code } } }'
const PASSKEY =
  'mutation ($input: PasskeySignInInput!) { signInWithPasskey(input: $input) { userErrors { code } } }'

let nowMs = Date.parse('2026-11-29T16:00:00Z')
let latchkey: TestLatchkey
beforeAll(async () => {
  latchkey = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD }, clock: () => nowMs })
})
afterAll(() => latchkey.close())

const failures = () =>
  latchkey.app.store.prisma.auditEvent.count({ where: { action: 'admin.sign_in_failed' } })

/** How many more failures the trail has after `times` requests. */
async function added(times: number, query: string, input: Record<string, unknown>) {
  const before = await failures()
  for (let i = 0; i < times; i++) await graphql(latchkey, query, { input })
  return (await failures()) - before
}

test('of passwords, passkeys and second factors, however many are sent in a minute', async () => {
  const cookie = await signIn(latchkey)
  expect(await added(30, PASSKEY, { token: 'x', response: '{}' })).toBe(10)
  expect(await added(30, SIGN_IN, { username: 'nobody', password: 'wrong' })).toBeLessThanOrEqual(10)
  nowMs += 60_000
  expect(await added(30, PASSKEY, { token: 'x', response: '{}' })).toBe(10)

  nowMs += 300_000
  const { data } = await graphql(latchkey, 'mutation { enrolTotp { secret } }', {}, { cookie })
  const code = new TOTP({ secret: Secret.fromBase32(data.enrolTotp.secret) }).generate({ timestamp: nowMs })
  await graphql(
    latchkey,
    'mutation ($c: String!) { confirmTotp(input: { code: $c }) { backupCodes } }',
    { c: code },
    { cookie },
  )
  const step = await graphql(latchkey, STEP, { input: { username: 'admin', password: PASSWORD } })
  const { token } = step.data.signIn.secondStep
  expect(await added(5, VERIFY, { token, code: null })).toBe(0)
  expect(await added(30, VERIFY, { token, code: '000000' })).toBe(10)
})
