import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { UNRESTRICTED } from '../../domain/policy/key-policy.ts'
import { SqliteWorker } from './worker-client.ts'

let folder: string
let path: string
const workers: SqliteWorker[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-worker-'))
  path = join(folder, 'file.db')
})

afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.close()
  rmSync(folder, { recursive: true, force: true })
})

test('ends its thread and closes its file when idle, and opens another for the next job', async () => {
  let held = true
  const worker = new SqliteWorker({ path, readOnly: false, inBackground: false }, () => !held, 5)
  workers.push(worker)
  await worker.run({ kind: 'script', text: 'CREATE TABLE t (n); BEGIN; INSERT INTO t VALUES (1)' })
  // A transaction is open: however long the connection is idle, it must not be lost.
  await new Promise((resolve) => setTimeout(resolve, 60))
  await worker.run({ kind: 'script', text: 'COMMIT' })
  held = false
  expect(await rows(worker)).toEqual([{ n: 1 }])
  if (process.platform === 'linux') await expect.poll(openFiles).toEqual([])
  expect(await rows(worker)).toEqual([{ n: 1 }])
})

test('runs other jobs during a back-test of many calls', async () => {
  const worker = new SqliteWorker({ path, readOnly: false, inBackground: false })
  workers.push(worker)
  const columns = 'upstream, method, endpoint, requestedModel, resolvedModel, inputTokens, outputTokens'
  await worker.run({
    kind: 'script',
    text: `CREATE TABLE t (n);
      CREATE TABLE RequestLog (id BLOB PRIMARY KEY, apiKeyId, ${columns}, costNanoUsd, reservedNanoUsd, durationMs, clientIp, outcome, receipt);
      WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 5000)
      INSERT INTO RequestLog SELECT unhex(printf('%012x%020x', n, n)), 1, 'u', 'POST', '/v1/x', 'm', 'm', 1, 1, 1, NULL, 1, NULL, 'SUCCESS', NULL FROM s`,
  })
  const order: string[] = []
  const query = { apiKeyId: 1, policy: UNRESTRICTED, readFromMs: 0, fromMs: 0, toMs: 9_999 }
  await Promise.all([
    worker
      .run<{ calls: number }>({ kind: 'backTest', query })
      .then(({ calls }) => order.push(`${calls} calls`)),
    rows(worker).then(() => order.push('another')),
  ])
  expect(order).toEqual(['another', '5000 calls'])
})

test('refuses jobs once it is closed', async () => {
  const worker = new SqliteWorker({ path, readOnly: false, inBackground: false })
  await worker.close()
  await expect(rows(worker)).rejects.toThrow('the database has been closed')
})

function rows(worker: SqliteWorker): Promise<unknown> {
  return worker.run({ kind: 'all', text: 'SELECT n FROM t', values: [] })
}

/** What this process has open of the file. */
function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`)
      return target.startsWith(folder) ? [target] : []
    } catch {
      return []
    }
  })
}
