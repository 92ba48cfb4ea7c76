// Exports of many rows take no more memory than those of few, and end with their client.
import { SQL } from '@latchkey/server/store/sql.ts'
import { afterEach, describe, expect, test } from 'vitest'
import { insertRequestLogs } from '../support/databases/many-request-logs.ts'
import { residentBytes } from '../support/run/process-memory.ts'
import { openStation, type Station } from '../support/server/station.ts'

// EXPORT_ROWS=1000000 takes minutes, and shows no other memory.
const ROWS = Number(process.env.EXPORT_ROWS ?? 60_000)
const EXTRA_MAX_MB = 60
// What the whole server has in its heap once the admin API is loaded.
const IDLE_HEAP_MB = 46

describe.each(['sqlite', 'postgresql'] as const)('on %s', (kind) => {
  let station: Station
  afterEach(() => station.remove())

  test(
    `${ROWS} request logs are exported in each format in at most 60 MB more`,
    async () => {
      station = await openStation(kind, { env: { LATCHKEY_LOG_RETENTION_DAYS: '0' } })
      await station.withStore(async (store) => {
        await insertRequestLogs({ app: { store } }, Date.UTC(2026, 5, 1), ROWS)
        // As autovacuum does in time.
        if (kind === 'postgresql') await store[SQL].batch([{ text: 'ANALYZE', values: [] }])
      })
      // V8 lets a heap grow before it collects, whatever there is to keep. Under these bounds a server that kept more would end.
      const bounds = ['--max-semi-space-size=4', `--max-old-space-size=${IDLE_HEAP_MB + EXTRA_MAX_MB}`]
      const server = await station.start({}, [process.execPath, ...bounds])
      const headers = { authorization: `Bearer ${station.adminToken}` }
      const read = async (path: string) => {
        const response = await fetch(`${server.url}/export/${path}`, { headers })
        expect(response.status).toBe(200)
        let bytes = 0
        for await (const chunk of response.body ?? []) bytes += chunk.length
        return bytes
      }
      const formats = ['csv', 'jsonl', 'parquet']
      // What an export loads.
      for (const format of formats) await read(`logs.${format}?limit=8000`)
      const before = residentBytes(server.process.pid)
      let most = 0
      const watch = setInterval(() => {
        most = Math.max(most, residentBytes(server.process.pid))
      }, 50)
      try {
        for (const format of formats) expect(await read(`logs.${format}`)).toBeGreaterThan(ROWS * 10)
      } finally {
        clearInterval(watch)
      }
      expect((most - before) / 2 ** 20).toBeLessThan(EXTRA_MAX_MB)
    },
    90_000 + ROWS,
  )
})
