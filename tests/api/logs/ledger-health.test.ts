// The health of the ledger, over GraphQL.
import { aCallRecord } from '@latchkey/server/domain/logs/a-call-record.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { call } from '../../support/api/client.ts'
import { insertRequestLogs } from '../../support/databases/many-request-logs.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { requestIdAt } from '../../support/server/request-ids.ts'

let latchkey: TestLatchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.close())

const HEALTH = `{ ledgerHealth { openCalls oldestOpenCallAt journalLagBytes journalWritable heldBytes lostRecords
  quarantinedRecords ingestError openTails } }`
const VERIFY = `query ($hours: Int! = 24) {
  ledgerHealth { verification(hours: $hours) { from rows agrees disagreements { what rows rollups sums } } }
}`

test('a ledger at rest is sound', async () => {
  const { secret } = await latchkey.createKey()
  await call(latchkey, secret)
  const { data } = await latchkey.graphql(HEALTH)
  expect(data.ledgerHealth).toEqual({
    openCalls: 0,
    oldestOpenCallAt: null,
    journalLagBytes: 0,
    journalWritable: true,
    heldBytes: 0,
    lostRecords: 0,
    quarantinedRecords: 0,
    ingestError: null,
    openTails: 0,
  })
})

test('in-flight calls are counted, the oldest with its time', async () => {
  const at = Date.parse('2026-11-01T10:00:00Z')
  const [older, newer] = [aCallRecord({ id: requestIdAt(at) }), aCallRecord()]
  for (const one of [newer, older]) latchkey.app.ledger.open(one)
  const { data } = await latchkey.graphql(HEALTH)
  expect(data.ledgerHealth).toMatchObject({ openCalls: 2, oldestOpenCallAt: '2026-11-01T10:00:00.000Z' })
  for (const one of [newer, older]) latchkey.app.ledger.record(one)
  expect((await latchkey.graphql(HEALTH)).data.ledgerHealth.openCalls).toBe(0)
})

test('verification compares rows and rollups, also while calls end', async () => {
  const { secret } = await latchkey.createKey()
  const calls = Promise.all(Array.from({ length: 20 }, () => call(latchkey, secret)))
  const { data } = await latchkey.graphql(VERIFY)
  expect(data.ledgerHealth.verification).toMatchObject({ agrees: true, disagreements: [] })
  await calls
  const after = (await latchkey.graphql(VERIFY)).data.ledgerHealth.verification
  expect(after).toMatchObject({ agrees: true, disagreements: [] })
  expect(after.rows).toBeGreaterThanOrEqual(21)
  // Rows that are in no rollup.
  await insertRequestLogs(latchkey, Date.now() - 30 * 60_000, 3)
  const { verification } = (await latchkey.graphql(VERIFY)).data.ledgerHealth
  expect(verification.agrees).toBe(false)
  const calls3 = verification.disagreements.filter(
    ({ what, rows, rollups, sums }: { what: string; rows: number; rollups: number; sums: number }) =>
      // `sums` is the former name, for one version.
      /^TOTAL_HOUR .* calls$/.test(what) && rows - rollups === 3 && sums === rollups,
  )
  expect(calls3.length).toBeGreaterThanOrEqual(1)
})

test.for([0, 169])('verification of %i hours is refused', async (hours) => {
  const { errors } = await latchkey.graphql(VERIFY, { hours })
  expect(errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', param: 'hours' } })
})

test('two verifications at once are too much', async () => {
  const { errors } = await latchkey.graphql(
    '{ ledgerHealth { verification { rows } again: verification(hours: 2) { rows } } }',
  )
  expect(errors?.[0]?.extensions?.code).toBe('COMPLEXITY_LIMIT')
})
