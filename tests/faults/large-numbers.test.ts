// Counters beyond 2^31 and totals up to 2^53: exact, in the rows, the rollups, the counters and the responses.
import { aCallRecord } from '@latchkey/server/domain/logs/a-call-record.ts'
import { closeLine } from '@latchkey/server/ledger/journal/line.ts'
import { openLedger } from '@latchkey/server/ledger/ledger.ts'
import { reportUsage } from '@latchkey/server/ledger/usage/usage-report.ts'
import { afterEach, describe, expect, test } from 'vitest'
import { writeSegment } from '../support/databases/write-segment.ts'
import { SETTLE_MAX_MS } from '../support/run/settle-time.ts'
import { makeKey, openStation, type Station } from '../support/server/station.ts'

const INT_MAX = 2 ** 31 - 1

describe.each(['sqlite', 'postgresql'] as const)('on %s', (kind) => {
  let station: Station
  afterEach(() => station.remove())

  test('are exact, and a total that JavaScript cannot hold stops nothing', async () => {
    station = await openStation(kind)
    const server = await station.start()
    const { id } = await makeKey(station, server.url)
    await server.stop()
    await station.withStore(({ prisma }) =>
      prisma.apiKey.update({ where: { id }, data: { usageCount: 2n ** 31n + 5n } }),
    )
    const large = { apiKeyId: id, inputTokens: INT_MAX, durationMs: INT_MAX }
    await ingest([
      closeLine(aCallRecord({ ...large, requestBytes: 2 ** 52, responseBytes: 2 ** 33 })),
      closeLine(aCallRecord({ ...large, requestBytes: 2 ** 52 - 1, responseBytes: 2 ** 33 })),
      closeLine(aCallRecord({ ...large, requestBytes: 0, responseBytes: 2 ** 33 })),
    ])
    await station.withStore(async (store) => {
      const { totals } = await reportUsage(store, { fromMs: null, toMs: null })
      expect(totals).toMatchObject({
        calls: 3,
        requestBytes: Number.MAX_SAFE_INTEGER,
        responseBytes: 3 * 2 ** 33,
        inputTokens: 3 * INT_MAX,
        meanDurationMs: INT_MAX,
      })
      expect((await store.prisma.apiKey.findUnique({ where: { id } }))?.usageCount).toBe(2n ** 31n + 8n)
    })

    const again = await station.start()
    const asAdmin = { authorization: `Bearer ${station.adminToken}`, 'content-type': 'application/json' }
    const rest = await fetch(`${again.url}/api/api-keys`, { headers: asAdmin })
    expect(JSON.stringify(await rest.json())).toContain(`"usage_count":${2 ** 31 + 8}`)
    const graphql = await fetch(`${again.url}/graphql`, {
      method: 'POST',
      headers: asAdmin,
      body: JSON.stringify({
        query:
          '{ apiKeys(first: 1) { nodes { usageCount } } usage(range: {}) { totals { requestBytes inputTokens } } }',
      }),
    })
    const { data, errors } = (await graphql.json()) as { data: unknown; errors?: unknown }
    expect({ data, errors }).toEqual({
      errors: undefined,
      data: {
        apiKeys: { nodes: [{ usageCount: 2 ** 31 + 8 }] },
        usage: { totals: { requestBytes: Number.MAX_SAFE_INTEGER, inputTokens: 3 * INT_MAX } },
      },
    })
    await again.stop()

    // One more byte than 2^53 - 1: the total stays there, and what follows is ingested.
    await ingest([closeLine(aCallRecord({ requestBytes: 5 })), closeLine(aCallRecord({ requestBytes: 5 }))])
    await station.withStore(async (store) => {
      const { totals } = await reportUsage(store, { fromMs: null, toMs: null })
      expect(totals).toMatchObject({ calls: 5, requestBytes: Number.MAX_SAFE_INTEGER })
    })
  })

  async function ingest(lines: string[]): Promise<void> {
    writeSegment(station.journal, String(++boots).padStart(2, '0'), 0, lines)
    const ledger = openLedger({
      folder: station.journal,
      database: station.database,
      settleMaxMs: SETTLE_MAX_MS,
      onProblem: () => undefined,
    })
    await ledger.settled()
    expect(ledger.state()).toMatchObject({ quarantined: 0, ingestError: null })
    await ledger.close()
  }
  let boots = 0
})
