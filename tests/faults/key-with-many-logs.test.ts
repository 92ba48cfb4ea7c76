// Deleting a key with many request logs: at once for the client, to the end for the logs, a kill -9 or a stop between.
import { aCallRecord } from '@latchkey/server/domain/logs/a-call-record.ts'
import { closeLine } from '@latchkey/server/ledger/journal/line.ts'
import { afterEach, describe, expect, test } from 'vitest'
import { writeSegment } from '../support/databases/write-segment.ts'
import { FULL_FAULTS } from '../support/run/full-faults.ts'
import { chat } from '../support/server/gateway-calls.ts'
import { expectAccount, makeKey, openStation, type Station } from '../support/server/station.ts'

// A kill -9 has to meet a removal that is not yet done.
const LOGS = FULL_FAULTS ? 200_000 : 50_000
const LOGS_PER_SEGMENT = 50_000
const REMOVAL_MAX_MS = FULL_FAULTS ? 300_000 : 90_000

describe.each(['sqlite', 'postgresql'] as const)('on %s', (kind) => {
  let station: Station
  afterEach(() => station.remove())

  test(
    `a key with ${LOGS} logs is denied at once; its logs and rollups are removed in the background, over a kill -9 and a SIGTERM`,
    async () => {
      station = await openStation(kind)
      let server = await station.start()
      const [disconnected, kept] = [await makeKey(station, server.url), await makeKey(station, server.url)]
      await server.stop()
      for (let number = 0; number < LOGS / LOGS_PER_SEGMENT; number++) {
        const records = Array.from({ length: LOGS_PER_SEGMENT }, (_, n) =>
          aCallRecord({ apiKeyId: disconnected.id, durationMs: n }),
        )
        writeSegment(station.journal, '01', number, records.map(closeLine))
      }
      const others = Array.from({ length: 1_000 }, () => aCallRecord({ apiKeyId: kept.id }))
      writeSegment(station.journal, '02', 0, others.map(closeLine))
      // Stopping writes what is left, so that all is in the database before the key goes.
      await (await station.start()).stop()
      expect(await logsOf(disconnected.id)).toBe(LOGS)

      server = await station.start()
      expect((await chat(server, disconnected.secret, { model: 'echo' })).status).toBe(200)
      const deleted = await fetch(`${server.url}/api/api-keys/${disconnected.id}`, {
        method: 'DELETE',
        headers: { authorization: `Bearer ${station.adminToken}` },
      })
      expect(deleted.ok).toBe(true)
      expect((await chat(server, disconnected.secret, { model: 'echo' })).status).toBe(401)
      await server.kill()
      const afterKill = await logsOf(disconnected.id)
      // The response has not waited for them.
      expect(afterKill).toBeGreaterThan(0)

      server = await station.start()
      expect(await server.stop()).toBe(0)
      const afterStop = await logsOf(disconnected.id)
      expect(afterStop).toBeLessThanOrEqual(afterKill)
      console.log(`${kind}: left after the kill ${afterKill}, after the stop ${afterStop}`)

      server = await station.start()
      await expect.poll(() => logsOf(disconnected.id), { timeout: REMOVAL_MAX_MS, interval: 250 }).toBe(0)
      expect(await server.stop()).toBe(0)
      const { rows } = await expectAccount(
        station,
        others.map(({ id }) => id),
      )
      // And the one call with the key that was deleted, which came after.
      expect(rows).toBe(others.length + 1)
      await station.withStore(async ({ prisma }) => {
        expect(await prisma.keyRemoval.count()).toBe(0)
        expect(await prisma.usageRollup.count({ where: { apiKeyId: disconnected.id } })).toBe(0)
      })
    },
    REMOVAL_MAX_MS + 300_000,
  )

  function logsOf(apiKeyId: number): Promise<number> {
    return station.withStore(({ prisma }) => prisma.requestLog.count({ where: { apiKeyId } }))
  }
})
