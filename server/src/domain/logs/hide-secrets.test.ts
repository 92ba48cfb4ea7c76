import { expect, test } from 'vitest'
import { aCallRecord } from './a-call-record.ts'
import { writeAttempts } from './attempt.ts'
import { hideSecrets } from './hide-secrets.ts'

const UUID = '77ea5adb-1a2b-4c3d-8e4f-5a6b7c8d9e0f'
const IMPORTED = 'acme-Zx81kQp~w4.T_7v'
const PROVIDER_KEY = ['sk', 'proj', 'Zx81kQpw4T7vBn3mLs9d'].join('-')

test.for([
  [UUID, UUID, '[secret]'],
  [`sk-${UUID}`, UUID, '[secret]'],
  [UUID, `SK-${UUID.toUpperCase()} and ${UUID}`, 'SK-[secret] and [secret]'],
  [`sk-lk-${UUID}`, `/v1/models/sk-${UUID}`, '/v1/models/sk-[secret]'],
  [IMPORTED, `app (${IMPORTED})`, 'app ([secret])'],
  // Truncated: what is left is more of it than lists show.
  [
    IMPORTED,
    `a name that was too long to be stored ${IMPORTED.slice(0, 12)}`,
    'a name that was too long to be stored [secret]',
  ],
  [
    IMPORTED,
    `a name that was too long to be stored ${IMPORTED.slice(0, 8)}`,
    'a name that was too long to be stored acme-Zx8',
  ],
  [null, PROVIDER_KEY, '[secret]'],
  [
    UUID,
    'of another: 87ea5adb-1a2b-4c3d-8e4f-5a6b7c8d9e0f',
    'of another: 87ea5adb-1a2b-4c3d-8e4f-5a6b7c8d9e0f',
  ],
  // No credential, but what was sent as one: short texts are words.
  ['test', 'a test of this client 1.0', 'a test of this client 1.0'],
] as const)('of a call that has sent %s, %s is stored as %s', ([sent, text, expected]) => {
  const record = aCallRecord({ endpoint: text, userAgent: text, errorMessage: text, requestedModel: text })
  hideSecrets(record, sent)
  expect(record).toMatchObject({
    endpoint: expected,
    userAgent: expected,
    errorMessage: expected,
    requestedModel: expected,
  })
})

test('a tag with a secret is left out, as a name too', () => {
  const record = aCallRecord({ tags: `team=blue,user=${UUID},${UUID}=1,key=${PROVIDER_KEY}` })
  hideSecrets(record, UUID)
  expect(record.tags).toBe('team=blue')
  record.tags = `user=sk-${UUID}`
  hideSecrets(record, UUID)
  expect(record.tags).toBeNull()
})

test('a name of a model that begins as tokens do stays', () => {
  const name = 'hf-mistralai-7b-instruct'
  const record = aCallRecord({ requestedModel: name, resolvedModel: name })
  hideSecrets(record, UUID)
  expect(record).toMatchObject({ requestedModel: name, resolvedModel: name })
})

test('attempts stay readable', () => {
  const attempt = {
    ...{ upstream: 'main', credentialId: null, startedMs: 1, durationMs: 2, httpStatus: 500 },
    ...{ failure: null, errorCode: null, reason: null, upstreamRequestId: null },
  }
  const record = aCallRecord({ attempts: writeAttempts([{ ...attempt, upstreamModel: UUID }]) })
  hideSecrets(record, UUID)
  expect(record.attempts).toBe(writeAttempts([{ ...attempt, upstreamModel: '[secret]' }]))
})
