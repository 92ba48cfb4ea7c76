// Exports through the SDK and the command: rows, bytes, files, and what breaks off.
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ExportRow, Latchkey } from '@latchkey/sdk'
import { aCallRecord } from '@latchkey/server/domain/logs/a-call-record.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listenOnLoopback } from '../../support/listen-on-loopback.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { requestIdAt } from '../../support/server/request-ids.ts'

let server: TestLatchkey
let latchkey: Latchkey
let keyId = ''
const folder = mkdtempSync(join(tmpdir(), 'latchkey-export-'))

beforeAll(async () => {
  server = await startLatchkey({ env: { LATCHKEY_LOG_RETENTION_DAYS: '0' } })
  latchkey = new Latchkey({ url: server.url, adminToken: server.adminToken })
  const { id } = await server.createKey({ name: 'exported' })
  keyId = `key_${id}`
  for (let n = 0; n < 5; n++) {
    const requestedModel = n === 4 ? 'a,b' : 'm1'
    server.app.ledger.record(
      aCallRecord({
        id: requestIdAt(`2026-03-0${n + 1}T10:00:00Z`),
        apiKeyId: id,
        requestedModel,
        costNanoUsd: n,
        labels: n === 0 ? 'env=prod' : null,
        tags: n === 0 ? 'team=blue' : null,
      }),
    )
  }
  await server.app.ledger.settled()
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

test('rows are read by the filter of the API, and usage and audit events by theirs', async () => {
  const ats = async (rows: AsyncIterable<ExportRow>) => {
    const all: unknown[] = []
    for await (const { at, from, action } of rows) all.push(action ?? at ?? from)
    return all
  }
  const at = { from: '2026-03-02T00:00:00Z', to: '2026-03-05T00:00:00Z' }
  const few = latchkey.exports.logs({ filter: { at, costUsd: { gte: '0.000000002' }, apiKeyId: [keyId] } })
  expect(await ats(few)).toEqual(['2026-03-03T10:00:00.000Z', '2026-03-04T10:00:00.000Z'])
  expect(await ats(latchkey.exports.logs({ filter: { model: ['a,b', 'none'] } }))).toHaveLength(1)
  const pairs = { labels: [{ name: 'env', value: 'prod' }], tags: ['team=blue'] }
  expect(await ats(latchkey.exports.logs({ filter: pairs }))).toEqual(['2026-03-01T10:00:00.000Z'])
  const months = latchkey.exports.usage({
    from: '2026-03-01',
    period: 'month',
    timeZone: 'Asia/Tokyo',
    apiKeyId: [keyId],
  })
  expect(await ats(months)).toEqual(['2026-02-28T15:00:00.000Z', '2026-02-28T15:00:00.000Z'])
  const created = { action: ['api_key.create'] }
  expect(await ats(latchkey.exports.audit(created))).toEqual(['api_key.create'])
  expect(await ats(latchkey.exports.audit({ ...created, actorType: ['ADMIN', 'SYSTEM'] }))).toEqual([])
  expect(await ats(latchkey.exports.audit({ ...created, ip: '192.0.2.1' }))).toEqual([])
  expect(await ats(latchkey.exports.audit({ ...created, requestId: 'none' }))).toEqual([])
})

test('an error of the server is an ApiError with its message', async () => {
  const wrong = latchkey.exports.usage({ from: '2026-01-01', timeZone: 'Mars/Base' })
  await expect(wrong.bytes('csv').next()).rejects.toMatchObject({
    status: 400,
    code: 'BAD_USER_INPUT',
    message: expect.stringContaining('time_zone'),
  })
})

test('a file is written whole, or not at all', async () => {
  const path = join(folder, 'logs.csv')
  await latchkey.exports.logs().toFile(path, 'csv', { bom: true })
  expect(readFileSync(path, 'utf8').split('\r\n')).toHaveLength(7)
  const wrong = latchkey.exports.logs({ after: 'nothing' }).toFile(join(folder, 'wrong.csv'))
  await expect(wrong).rejects.toThrow('after')
  expect(readdirSync(folder)).toEqual(['logs.csv'])
})

test('rows go on after the last one where the connection breaks off, each once', async () => {
  let requests = 0
  // Passes on half of the lines of each response, and breaks off.
  const proxy = createServer(async (request, response) => {
    requests++
    const { authorization = '' } = request.headers
    const served = await fetch(`${server.url}${request.url}`, { headers: { authorization } })
    const lines = (await served.text()).split('\n').slice(0, -1)
    if (lines.length <= 1) return void response.end(lines.map((line) => `${line}\n`).join(''))
    const some = lines.slice(0, Math.ceil(lines.length / 2)).map((line) => `${line}\n`)
    response.write(`${some.join('')}{"id"`, () => response.destroy())
  })
  const port = await listenOnLoopback(proxy)
  const broken = new Latchkey({ url: `http://127.0.0.1:${port}`, adminToken: server.adminToken })
  const ids: unknown[] = []
  for await (const { id } of broken.exports.logs()) ids.push(id)
  proxy.close()
  expect([new Set(ids).size, ids.length, requests]).toEqual([5, 5, 3])
})

test('the command writes to the standard output and into a file', async () => {
  const out = join(folder, 'usage.jsonl')
  const csv = await command(['export', 'logs', '--model', 'm1', '--limit', '2'])
  expect([csv.code, csv.stdout.split('\r\n').length]).toEqual([0, 4])
  const file = await command(['export', 'usage', '--from', '2026-03-01', '--columns', 'focus', '--out', out])
  expect([file.code, file.stdout]).toEqual([0, ''])
  expect(readFileSync(out, 'utf8').split('\n')).toHaveLength(6)
  const labelled = await command(['export', 'logs', '--label', 'env=prod', '--tag', 'team=blue'])
  expect([labelled.code, labelled.stdout.split('\r\n').length]).toEqual([0, 3])
  const idle = await command(['export', 'audit', '--outcome', 'ERROR'])
  expect([idle.code, idle.stdout, idle.stderr]).toEqual([2, '', expect.stringContaining('--outcome')])
  const wrong = await command(['export', 'logs', '--outcome', 'FINE'])
  expect([wrong.code, wrong.stderr]).toEqual([3, expect.stringContaining('outcome takes SUCCESS')])
})

test('the command exports audit events by action, actor and target', async () => {
  const made = await command([
    'export',
    'audit',
    '--action',
    'api_key.create',
    'api_key.delete',
    '--target-type',
    'ApiKey',
    '--format',
    'jsonl',
  ])
  const actions = made.stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { action: string }).action)
  expect([made.code, new Set(actions)]).toEqual([0, new Set(['api_key.create'])])
  const nobody = await command([
    'export',
    'audit',
    '--actor',
    'nobody',
    '--target',
    'key_1',
    '--actor-type',
    'ADMIN',
    '--ip',
    '192.0.2.1',
    '--request-id',
    'none',
    '--format',
    'jsonl',
  ])
  expect([nobody.code, nobody.stdout]).toEqual([0, ''])
  const misplaced = await command(['export', 'usage', '--action', 'x'])
  expect([misplaced.code, misplaced.stderr]).toEqual([
    2,
    '--action has no meaning for usage. Leave it out.\n',
  ])
})

function command(args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const main = join(import.meta.dirname, '../../../server/src/cli/main.ts')
  const child = spawn(process.execPath, [main, ...args, '--url', server.url], {
    env: { PATH: process.env.PATH, LATCHKEY_ADMIN_TOKEN: server.adminToken, LATCHKEY_DATA_DIR: folder },
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (text) => {
    stdout += text
  })
  child.stderr.on('data', (text) => {
    stderr += text
  })
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })))
}
