// What must be counted once although it arrives twice, and twice although it looks the same.

import { Worker as Thread, type Worker } from 'node:worker_threads'
import { aCallRecord } from '@latchkey/server/domain/logs/a-call-record.ts'
import type { IngestReport, IngestRequest, IngestSetup } from '@latchkey/server/ledger/ingest/protocol.ts'
import { closeLine, openLine } from '@latchkey/server/ledger/journal/line.ts'
import { afterEach, describe, expect, test } from 'vitest'
import { writeSegment } from '../support/databases/write-segment.ts'
import { chat } from '../support/server/gateway-calls.ts'
import { startLatchkey } from '../support/server/latchkey.ts'
import { requestLogs } from '../support/server/request-logs.ts'
import { expectAccount, makeKey, openStation, type Station } from '../support/server/station.ts'
import { COMPLETION } from '../support/upstreams/chat-responses.ts'
import { json, startUpstream } from '../support/upstreams/upstream.ts'

test('two responses with the same ids of their upstream are two calls', async () => {
  const upstream = await startUpstream((_request, response) =>
    json(response, 200, COMPLETION, { 'x-request-id': 'req_same' }),
  )
  const latchkey = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
  try {
    const { secret } = await latchkey.createKey()
    const responses = [await chat(latchkey, secret), await chat(latchkey, secret)]
    for (const reply of responses) expect(await reply.json()).toEqual(COMPLETION)
    const logs = await requestLogs(latchkey)
    expect(new Set(logs.map(({ id }) => id))).toEqual(
      new Set(responses.map(({ headers }) => headers.get('x-request-id'))),
    )
    expect(logs.map(({ upstreamRequestId }) => upstreamRequestId)).toEqual(['req_same', 'req_same'])
  } finally {
    await latchkey.close()
    await upstream.close()
  }
})

describe.each(['sqlite', 'postgresql'] as const)('on %s', (kind) => {
  let station: Station
  afterEach(() => station.remove())

  test('two ingesters on one journal and one database count every call once', async () => {
    station = await openStation(kind)
    const server = await station.start()
    const key = await makeKey(station, server.url)
    await server.stop()
    const ids: string[] = []
    for (let runId = 0; runId < 8; runId++) {
      // Calls that one segment opens and a later one closes, and one that nobody closes.
      const remaining = aCallRecord({ apiKeyId: key.id })
      const across = aCallRecord({ apiKeyId: key.id })
      for (let number = 0; number < 4; number++) {
        const records = Array.from({ length: 400 }, () => aCallRecord({ apiKeyId: key.id }))
        ids.push(...records.map(({ id }) => id))
        const lines = records.flatMap((record) => [openLine(record), closeLine(record)])
        if (number === 0) lines.unshift(openLine(remaining), openLine(across))
        if (number === 3) lines.push(closeLine(across))
        writeSegment(station.journal, `c${runId}`, number, lines)
      }
      ids.push(remaining.id, across.id)
    }

    const setup: IngestSetup = {
      folder: station.journal,
      runId: 'ff',
      database: station.database,
      keepLogsMs: null,
      rollupRetentionMs: null,
      inFlight: null,
      contents: { quotaBytes: null, keepMs: 86_400_000, redaction: { names: [], patterns: [] } },
    }
    const errors = await Promise.all([ingestAll(setup), ingestAll(setup)])
    expect(errors).toEqual([[], []])
    const { rows, outcomes } = await expectAccount(station, ids)
    expect(rows).toBe(ids.length)
    expect(outcomes).toEqual(new Set(['SUCCESS', 'INTERRUPTED']))
    await station.withStore(async ({ prisma }) => {
      expect(await prisma.openCall.count()).toBe(0)
      expect(await prisma.journalPosition.count()).toBe(0)
      expect((await prisma.apiKey.findUnique({ where: { id: key.id } }))?.usageCount).toBe(BigInt(ids.length))
    })
  })
})

/** Runs the real ingesting thread until the journal is empty; returns what went wrong. */
async function ingestAll(setup: IngestSetup): Promise<string[]> {
  const path = import.meta.resolve('@latchkey/server/ledger/ingest/ingest-worker.ts')
  const worker: Worker = new Thread(new URL(path), { workerData: setup })
  const errors: string[] = []
  worker.on('message', (report: IngestReport) => {
    if (report.kind === 'round' && report.error !== null) errors.push(report.error)
  })
  const ended = new Promise<void>((resolve, reject) =>
    worker.once('exit', () => resolve()).once('error', reject),
  )
  const close: IngestRequest = { kind: 'close' }
  worker.postMessage(close)
  await ended
  return errors
}
