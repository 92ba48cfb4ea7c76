// What the verification of the ledger reports where rollups are removed before the request logs, on the database of the running project.
import { aCallRecord } from '@latchkey/server/domain/logs/a-call-record.ts'
import type { Ingestion } from '@latchkey/server/ledger/ingest/ingestion.ts'
import { openIngestion } from '@latchkey/server/ledger/ingest/ingestion.ts'
import { verifyLedger } from '@latchkey/server/ledger/verify/verify.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeAllExpired } from '../support/databases/remove-expired.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { requestIdAt } from '../support/server/request-ids.ts'

const DAY_MS = 86_400_000
const NOW_MS = Date.parse('2026-11-22T12:20:00Z')
const rollupsBeforeMs = NOW_MS - 7 * DAY_MS
const logsBeforeMs = NOW_MS - 30 * DAY_MS

let latchkey: TestLatchkey
let ingestion: Ingestion
let apiKeyId = 0

beforeAll(async () => {
  latchkey = await startLatchkey()
  ingestion = await openIngestion(latchkey.database)
  apiKeyId = (await latchkey.createKey()).id
  for (const day of [40, 20, 7, 6, 0])
    latchkey.app.ledger.record(aCallRecord({ id: requestIdAt(NOW_MS - day * DAY_MS), apiKeyId }))
  await latchkey.app.ledger.settled()
})
afterAll(async () => {
  await ingestion.close()
  await latchkey.close()
})

const found = async (part: Parameters<typeof verifyLedger>[1]) => {
  const { rows, disagreements } = await verifyLedger(latchkey.app.store, part)
  return { rows, what: disagreements.map(({ what }) => what) }
}

test('rollups that retention removed are not reported as missing, and what is kept is compared', async () => {
  await removeAllExpired(ingestion, { rollupsBeforeMs })
  expect((await found({})).what).not.toEqual([])
  expect(await found({ rollupsBeforeMs })).toEqual({ rows: 2, what: [] })
  const { store } = latchkey.app
  await store.prisma.apiKey.update({ where: { id: apiKeyId }, data: { usageCount: { increment: 1 } } })
  expect((await found({ rollupsBeforeMs })).what).toEqual([`key_${apiKeyId} usageCount`])
  await store.prisma.apiKey.update({ where: { id: apiKeyId }, data: { usageCount: { decrement: 1 } } })
})

test('counters of keys whose logs may have expired are compared with nothing', async () => {
  const { store } = latchkey.app
  await removeAllExpired(ingestion, { logsBeforeMs })
  const before = new Date(logsBeforeMs - 1)
  await store.prisma.apiKey.update({ where: { id: apiKeyId }, data: { createdAt: before } })
  expect(await found({ rollupsBeforeMs, logsBeforeMs })).toEqual({ rows: 2, what: [] })
  expect((await found({ rollupsBeforeMs })).what).toEqual([`key_${apiKeyId} usageCount`])
})

test('a rollup that is lost is found', async () => {
  await latchkey.app.store.prisma.usageRollup.deleteMany({ where: { kind: 'OUTCOME_HOUR' } })
  expect((await found({ rollupsBeforeMs, logsBeforeMs })).what).toContain('OUTCOME_HOUR calls')
})
