// A recalculation of costs goes on after kill -9 where it was, changes each call once, and takes no more memory for more calls.
import { Latchkey } from '@latchkey/sdk'
import { aCallRecord } from '@latchkey/server/domain/logs/a-call-record.ts'
import { openIngestion } from '@latchkey/server/ledger/ingest/ingestion.ts'
import { SQL } from '@latchkey/server/store/sql.ts'
import { afterEach, describe, expect, test } from 'vitest'
import { residentBytes } from '../support/run/process-memory.ts'
import { makePricedModel } from '../support/server/priced-models.ts'
import { requestIdAt } from '../support/server/request-ids.ts'
import { expectAccount, makeKey, openStation, type Station } from '../support/server/station.ts'

// RECALCULATED_CALLS=1000000 takes half an hour, and shows no other memory.
const CALLS = Number(process.env.RECALCULATED_CALLS ?? 4_000)
const BATCH = 2_000
const EXTRA_MAX_MB = 60
// V8 lets a heap grow before it collects, whatever there is to keep. Under these bounds a server that kept more would end.
const HEAP = ['--max-semi-space-size=4', '--max-old-space-size=106']
const RECEIPT = '{"lines":[["inputToken",10,null],["outputToken",20,null]]}'
// At $1 and $10 for a million tokens.
const CALL_NANO = 10 * 1_000 + 20 * 10_000

describe.each(['sqlite', 'postgresql'] as const)('on %s', (kind) => {
  let station: Station
  afterEach(() => station.remove())

  async function insertCalls(apiKeyId: number): Promise<void> {
    const ingestion = await openIngestion(station.database)
    for (let at = 0; at < CALLS; at += BATCH) {
      const closed = Array.from({ length: Math.min(BATCH, CALLS - at) }, (_, n) =>
        aCallRecord({
          id: requestIdAt(Date.UTC(2026, 5, 1) + (at + n) * 500),
          apiKeyId,
          requestedModel: 'late',
          receipt: RECEIPT,
          costNanoUsd: null,
        }),
      )
      const rest = () => ({ opened: [], openedBefore: [] })
      await ingestion.apply({
        segment: 's',
        runId: 'r',
        from: at,
        to: Math.min(at + BATCH, CALLS),
        closed,
        contents: [],
        rest,
      })
    }
    await ingestion.forget(['s'])
    await ingestion.close()
  }

  test(
    `${CALLS} calls are each recalculated once, over two kills`,
    async () => {
      station = await openStation(kind, { env: { LATCHKEY_LOG_RETENTION_DAYS: '0' } })
      let server = await station.start()
      const key = await makeKey(station, server.url)
      await makePricedModel(
        { url: server.url, adminToken: station.adminToken },
        { baseUrl: 'http://127.0.0.1:9/v1', name: 'late', price: { INPUT_TOKEN: '1', OUTPUT_TOKEN: '10' } },
      )
      await server.stop()
      await insertCalls(key.id)
      server = await station.start()
      const costs = () => new Latchkey({ url: server.url, adminToken: station.adminToken }).costs
      const { id } = await costs().recalculate()
      let before = 0
      for (let kill = 1; kill <= 2; kill++) {
        await expect
          .poll(async () => (await costs().recalculation(id)).changedCalls, { interval: 20, timeout: 60_000 })
          .toBeGreaterThan(before)
        const { status, changedCalls } = await costs().recalculation(id)
        await server.kill()
        expect([status, changedCalls < CALLS]).toEqual(['RUNNING', true])
        before = changedCalls
        server = await station.start({}, [process.execPath, ...HEAP])
      }
      // Loads the admin API.
      await costs().recalculation(id)
      const loaded = residentBytes(server.process.pid)
      let most = 0
      const done = await costs().ended(id, undefined, () => {
        most = Math.max(most, residentBytes(server.process.pid))
      })
      expect(done).toMatchObject({
        status: 'DONE',
        examinedCalls: CALLS,
        changedCalls: CALLS,
        unpricedCalls: 0,
        byModel: [{ model: 'late', calls: CALLS }],
      })
      expect(Number(done.newCostUsd)).toBeCloseTo((CALLS * CALL_NANO) / 1e9, 9)
      expect((most - loaded) / 2 ** 20).toBeLessThan(EXTRA_MAX_MB)
      await server.stop()
      await expectAccount(station, [])
      await station.withStore(async (store) => {
        const [logs] = await store[SQL].all(
          `SELECT count(*) AS calls, sum("costNanoUsd") AS cost FROM "RequestLog" WHERE "recalculatedReceipt" IS NOT NULL`,
          [],
        )
        expect([Number(logs?.calls), Number(logs?.cost)]).toEqual([CALLS, CALLS * CALL_NANO])
        const events = await store.prisma.auditEvent.findMany({
          where: { action: { startsWith: 'cost.' } },
          orderBy: { id: 'asc' },
        })
        expect(events.map(({ action }) => action)).toEqual(['cost.recalculate', 'cost.finish_recalculation'])
      })
    },
    120_000 + CALLS * 5,
  )
})
