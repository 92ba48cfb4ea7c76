import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { SqliteWorker } from './worker-client.ts'

const folder = mkdtempSync(join(tmpdir(), 'latchkey-worker-'))
const path = join(folder, 'file.db')
const workers: SqliteWorker[] = []

afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.close()
  rmSync(folder, { recursive: true, force: true })
})

test('lets its thread and its file go when nobody asks, and has another for the next who does', async () => {
  let held = true
  const worker = new SqliteWorker({ path, readOnly: false, inBackground: false }, () => !held, 5)
  workers.push(worker)
  await worker.run({ kind: 'script', text: 'CREATE TABLE t (n); BEGIN; INSERT INTO t VALUES (1)' })
  // A transaction stands open: however long nothing is asked, it must not be lost.
  await new Promise((resolve) => setTimeout(resolve, 60))
  await worker.run({ kind: 'script', text: 'COMMIT' })
  held = false
  expect(await rows(worker)).toEqual([{ n: 1 }])
  if (process.platform === 'linux') await expect.poll(openFiles).toEqual([])
  expect(await rows(worker)).toEqual([{ n: 1 }])
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
