// The ledger against a real SQLite file and a real journal folder.
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { getPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { aCallRecord } from '../domain/logs/a-call-record.ts'
import { openStore } from '../store/open-store.ts'
import type { Store } from '../store/store.ts'
import { encodeFrame } from './journal/frame.ts'
import { segmentName } from './journal/journal.ts'
import { closeLine, headLine, openLine } from './journal/line.ts'
import { type Ledger, openLedger } from './ledger.ts'
import { countRequestLogs, findRequestLogs } from './logs/request-logs.ts'
import { reportUsage } from './usage/usage-report.ts'

let folder = ''
let journal = ''
let database = ''
let store: Store
let ledgers: Ledger[] = []
let statuses: string[] = []

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-ledger-'))
  journal = join(folder, 'journal')
  database = join(folder, 'latchkey.db')
  store = await openStore(database)
  statuses = []
  ledgers = []
})
afterEach(async () => {
  for (const ledger of ledgers) await ledger.close()
  await store.close()
  rmSync(folder, { recursive: true })
})

test('what was recorded can be read once it has settled, newest first', async () => {
  const ledger = open()
  const records = [aCallRecord(), aCallRecord(), aCallRecord()]
  for (const one of records) ledger.record(one)
  await ledger.settled()
  const read = await findRequestLogs(store, {}, { limit: 10 })
  expect(new Set(read.map(({ id }) => id))).toEqual(new Set(records.map(({ id }) => id)))
  expect(read).toEqual(read.toSorted((a, b) => (a.id < b.id ? 1 : -1)))
})

test('settles with nothing to write', async () => {
  await open().settled()
})

test('a record is in the journal before the call continues', async () => {
  const one = aCallRecord()
  const ledger = open()
  const found = await new Promise<boolean>((resolve) => {
    ledger.record(one, () => {
      resolve(segments().some((name) => readFileSync(join(journal, name), 'utf8').includes(one.id)))
    })
  })
  expect(found).toBe(true)
})

test('more than one batch is written, none of it twice, and the rollups agree with the rows', async () => {
  const ledger = open()
  const keyId = await makeKey()
  for (let n = 0; n < 5_003; n++)
    ledger.record(aCallRecord({ apiKeyId: keyId, inputTokens: 2, requestBytes: 1 }))
  await ledger.close()
  ledgers = []
  expect(await countRequestLogs(store, {})).toBe(5_003)
  expect(await usageCount(keyId)).toBe(5_003n)
  const { totals } = await reportUsage(store, { fromMs: null, toMs: null })
  expect(totals).toMatchObject({ calls: 5_003, successes: 5_003, inputTokens: 10_006, requestBytes: 5_003 })
})

test('closing ingests all and leaves no segment', async () => {
  const ledger = open()
  ledger.record(aCallRecord())
  await ledger.close()
  ledgers = []
  expect(segments()).toEqual([])
  expect(await countRequestLogs(store, {})).toBe(1)
})

test('the journal of a killed process is ingested at the next start, its open calls as interrupted', async () => {
  const keyId = await makeKey()
  const succeeded = aCallRecord({ apiKeyId: keyId })
  const open1 = aCallRecord({ apiKeyId: keyId })
  killedProcess('0a', [openLine(succeeded), openLine(open1), closeLine(succeeded)])
  await open().settled()
  const read = await findRequestLogs(store, {}, { limit: 10 })
  expect(new Map(read.map(({ id, outcome }) => [id, outcome]))).toEqual(
    new Map([
      [succeeded.id, 'SUCCESS'],
      [open1.id, 'INTERRUPTED'],
    ]),
  )
  expect(await usageCount(keyId)).toBe(2n)
  expect(await store.prisma.openCall.count()).toBe(0)
})

test('a call that was opened in one batch and closed in a later one is one record', async () => {
  const ledger = open()
  const one = aCallRecord()
  ledger.open(one)
  await ledger.settled()
  expect(await store.prisma.openCall.count()).toBe(1)
  ledger.record(one)
  await ledger.settled()
  expect(await store.prisma.openCall.count()).toBe(0)
  expect(await countRequestLogs(store, {})).toBe(1)
})

test('a record whose commit was not confirmed is counted once when it is read again', async () => {
  const keyId = await makeKey()
  const one = aCallRecord({ apiKeyId: keyId })
  killedProcess('0a', [closeLine(one)])
  await open().settled()
  killedProcess('0b', [closeLine(one), closeLine(one)])
  await closeAll()
  await open().settled()
  expect(await countRequestLogs(store, {})).toBe(1)
  expect(await usageCount(keyId)).toBe(1n)
  expect((await reportUsage(store, { fromMs: null, toMs: null })).totals.calls).toBe(1)
})

test('damage is skipped, counted and quarantined; every whole record around it is ingested', async () => {
  const [first, second, third] = [aCallRecord(), aCallRecord(), aCallRecord()]
  killedProcess('0a', [closeLine(first)])
  const path = join(journal, segmentName('0a', 0))
  const damaged = encodeFrame(closeLine(second))
  damaged[40] = (damaged[40] ?? 0) ^ 1
  appendFileSync(
    path,
    Buffer.concat([damaged, encodeFrame(closeLine(third)), encodeFrame(closeLine(second)).subarray(0, 50)]),
  )
  const ledger = open()
  await ledger.settled()
  const read = await findRequestLogs(store, {}, { limit: 10 })
  expect(new Set(read.map(({ id }) => id))).toEqual(new Set([first.id, third.id]))
  expect(ledger.state().quarantined).toBe(2)
  const inQuarantine = readdirSync(join(journal, 'quarantine'))
  expect(inQuarantine).toEqual([`${segmentName('0a', 0)}.0.damaged`])
})

test('a segment of another version is quarantined whole', async () => {
  killedProcess('0a', [closeLine(aCallRecord())], 'H{"version":99,"boot":"0a"}')
  await open().settled()
  expect(await countRequestLogs(store, {})).toBe(0)
  expect(readdirSync(join(journal, 'quarantine'))).toEqual([segmentName('0a', 0)])
})

test('while another process holds the database, records are accepted; they are ingested when the lock is released', async () => {
  const ledger = open(database, 500)
  const other = new DatabaseSync(database)
  other.exec('BEGIN IMMEDIATE')
  for (let n = 0; n < 100; n++) ledger.record(aCallRecord())
  expect(await ledger.settled()).toBe(false)
  other.exec('ROLLBACK')
  other.close()
  await closeAll()
  expect(await countRequestLogs(store, {})).toBe(100)
})

test('deleting a key removes also those of its logs not yet ingested, and no other key’s; what it used stays in the totals', async () => {
  const ledger = open()
  const [disconnected, kept] = [await makeKey(), await makeKey()]
  ledger.record(aCallRecord({ apiKeyId: disconnected, durationMs: 500 }))
  await ledger.settled()
  ledger.record(aCallRecord({ apiKeyId: disconnected }))
  ledger.record(aCallRecord({ apiKeyId: kept, durationMs: 7 }))
  await store.prisma.apiKey.delete({ where: { id: disconnected } })
  await store.prisma.keyRemoval.create({ data: { apiKeyId: disconnected, createdAt: new Date(0) } })
  await ledger.settled()
  ledger.record(aCallRecord({ apiKeyId: disconnected }))
  await ledger.settled()
  expect((await findRequestLogs(store, {}, { limit: 10 })).map(({ apiKeyId }) => apiKeyId)).toEqual([kept])
  const { totals } = await reportUsage(store, { fromMs: null, toMs: null })
  expect(totals).toMatchObject({ calls: 4, meanDurationMs: (500 + 100 + 7 + 100) / 4 })
  expect(await store.prisma.usageRollup.count({ where: { apiKeyId: disconnected } })).toBe(0)
  expect(await store.prisma.keyRemoval.count()).toBe(0)
})

test('an ingesting thread that has ended by itself is started again', async () => {
  const fresh = join(folder, 'fresh.db')
  // No tables yet: the thread cannot prepare its statements.
  const ledger = open(fresh)
  await vi.waitFor(() => expect(ledger.state().ingestError).toMatch(/no such table/), 20_000)
  const one = aCallRecord()
  ledger.record(one)
  const made = await openStore(fresh)
  await vi.waitFor(async () => expect(await countRequestLogs(made, {})).toBe(1), 20_000)
  // The thread's report comes after the row.
  await vi.waitFor(() => expect(ledger.state().ingestError).toBeNull(), 20_000)
  expect(statuses).toEqual([expect.stringMatching(/^ingestion: no such table/), 'ingestion: null'])
  await closeAll()
  await made.close()
})

// A record that no database takes would otherwise hold up every record behind it.
test.skipIf(process.platform !== 'linux')(
  'the ingesting thread has a lower priority, until a reader waits for it while it is 4 MiB behind',
  async () => {
    const ledger = open()
    const keyId = await makeKey()
    await ledger.settled()
    expect(threadsOfLowerPriority()).toHaveLength(1)
    for (let n = 0; n < 3_000; n++)
      ledger.record(aCallRecord({ apiKeyId: keyId, userAgent: 'a'.repeat(2_000) }))
    expect(await ledger.settled()).toBe(true)
    expect(await usageCount(keyId)).toBe(3_000n)
    expect(threadsOfLowerPriority()).toEqual([])
    ledger.record(aCallRecord({ apiKeyId: keyId }))
    expect(await ledger.settled()).toBe(true)
    expect(await usageCount(keyId)).toBe(3_001n)
  },
)

test('text that a database refuses is repaired, not retried for ever', async () => {
  const ledger = open()
  ledger.record(aCallRecord({ finishReason: 'a\u0000b\ud83d', userAgent: 'x'.repeat(100_000) }))
  await ledger.settled()
  expect(await findRequestLogs(store, {}, { limit: 1 })).toMatchObject([{ finishReason: 'a\ufffdb\ufffd' }])
})

test('a line of a version that had no close code is still a call', async () => {
  const { closeCode: _, shadowDenials: __, ...older } = aCallRecord()
  killedProcess('0a', [`C${JSON.stringify(older)}`])
  const ledger = open()
  await ledger.settled()
  expect(ledger.state().quarantined).toBe(0)
  expect(await findRequestLogs(store, {}, { limit: 2 })).toEqual([
    { ...older, closeCode: null, shadowDenials: null },
  ])
})

function open(at = database, settleMaxMs = 20_000): Ledger {
  const ledger = openLedger({
    folder: journal,
    database: at,
    settleMaxMs,
    onProblem: (where, message) => statuses.push(`${where}: ${message}`),
  })
  ledgers.push(ledger)
  return ledger
}

async function closeAll(): Promise<void> {
  for (const ledger of ledgers) await ledger.close()
  ledgers = []
}

function segments(): string[] {
  return readdirSync(journal).filter((name) => name.endsWith('.journal'))
}

/** Threads of this process whose nice value, the 19th field of proc_pid_stat(5), is above the process's own. */
function threadsOfLowerPriority(): string[] {
  return readdirSync('/proc/self/task').filter((thread) => {
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]) > getPriority()
  })
}

/** The journal of a killed process: a segment of its own, without an end. */
function killedProcess(runId: string, lines: string[], head = headLine(runId)): void {
  mkdirSync(journal, { recursive: true })
  writeFileSync(join(journal, segmentName(runId, 0)), Buffer.concat([head, ...lines].map(encodeFrame)))
}

async function makeKey(): Promise<number> {
  const now = new Date(0)
  const secretHash = Uint8Array.from(crypto.getRandomValues(new Uint8Array(32)))
  const { id } = await store.prisma.apiKey.create({
    data: { name: 'k', secretHash, secretStart: 'aaaaaaaa', createdAt: now, updatedAt: now },
  })
  return id
}

async function usageCount(id: number): Promise<bigint | undefined> {
  return (await store.prisma.apiKey.findUnique({ where: { id } }))?.usageCount
}
