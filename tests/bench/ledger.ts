// What the ledger costs: ingestion, calls beside it, pages and stats at two sizes, retention.
// `node tests/bench/ledger.ts [--rows 5000000] [--write]`; prints tables, and with --write puts them into
// docs/reference/performance.md. Takes some minutes and some gigabytes of the folder for temporary files.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parseArgs } from 'node:util'
import { DAY_MS } from '@latchkey/server/domain/time.ts'
import { openIngestion } from '@latchkey/server/ledger/ingest/ingestion.ts'
import { openJournal } from '@latchkey/server/ledger/journal/journal.ts'
import { closeLine, headLine, openLine } from '@latchkey/server/ledger/journal/line.ts'
import { openLedger } from '@latchkey/server/ledger/ledger.ts'
import { findRequestLogs } from '@latchkey/server/ledger/logs/request-logs.ts'
import { reportUsage } from '@latchkey/server/ledger/usage/usage-report.ts'
import { openStore } from '@latchkey/server/store/open-store.ts'
import { SQL } from '@latchkey/server/store/sql.ts'
import { createDatabase, startPostgres } from '../support/databases/postgres.ts'
import { callsWhile, heaviestStats, startMeasuredServer } from './call-latency.ts'
import { addKeys, fillSqlite } from './fill-sqlite.ts'
import { ms, spreadOf, table, thousands, timed, writeSection } from './report.ts'
import { syntheticCalls } from './synthetic-calls.ts'

const { values: options } = parseArgs({
  options: { rows: { type: 'string', default: '5000000' }, write: { type: 'boolean', default: false } },
})
const LARGE = Math.max(200_000, Number(options.rows))
const SMALL = 100_000
const INGESTED = 300_000
const CALL_MS = 8_000
const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
const nowMs = Date.now()
const fromMs = nowMs - 90 * DAY_MS
const sections: string[] = []

try {
  await journalCost()
  const [small, large] = [join(folder, 'small', 'latchkey.db'), join(folder, 'large', 'latchkey.db')]
  for (const [path, rows] of [
    [small, SMALL],
    [large, LARGE],
  ] as const) {
    mkdirSync(dirname(path))
    const from = performance.now()
    await fillSqlite(path, rows, fromMs, nowMs)
    const seconds = (performance.now() - from) / 1_000
    console.error(`filled ${thousands(rows)} rows in ${seconds.toFixed(0)} s, ${megabytes(path)} MB`)
  }
  await reads(small, large)
  await callsBeside(large)
  await ingestion(large)
  await retention(large)
  if (options.write) writeSection('ledger', sections.join('\n\n'))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function print(text: string): void {
  sections.push(text)
  console.log(`${text}\n`)
}

/** What writing calls to the journal costs the thread that serves them. */
async function journalCost(): Promise<void> {
  const records = [...syntheticCalls(50_000, nowMs, nowMs + 1_000)]
  const journal = openJournal({
    folder: join(folder, 'cost'),
    runId: '01',
    head: headLine('01'),
    onWritten: () => undefined,
    onProblem: (error) => {
      if (error !== null) throw error
    },
  })
  const perCall: number[] = []
  for (let at = 0; at < records.length; at += 10) {
    const turn = records.slice(at, at + 10)
    const from = performance.now()
    for (const record of turn) {
      journal.append(openLine(record))
      journal.append(closeLine(record))
    }
    await new Promise<void>((resolve) => journal.afterTurn(resolve))
    perCall.push(((performance.now() - from) * 1_000) / turn.length)
  }
  journal.close()
  const { p50, p99 } = spreadOf(perCall)
  print(
    table(
      ['writing a call to the journal, on the thread that serves it', 'µs a call, median', 'p99'],
      [['opening and closing line, 10 calls a turn of the event loop', p50.toFixed(1), p99.toFixed(1)]],
    ),
  )
}

/** From a journal to rows, rollups, counters and position, by the real thread. */
async function ingestion(large: string): Promise<void> {
  const rows: (string | number)[][] = []
  const sqlite = join(folder, 'ingest.db')
  await (await openStore(sqlite)).close()
  withKeys(sqlite)
  rows.push(await ingestInto('SQLite, empty', sqlite))
  rows.push(await ingestInto(`SQLite, ${thousands(LARGE)} rows`, large))
  const postgres = await startPostgres()
  try {
    const { url, drop } = await createDatabase(postgres.url)
    const store = await openStore(url)
    await store[SQL].batch([
      {
        text: `INSERT INTO "ApiKey" ("name", "secretHash", "secretStart", "createdAt", "updatedAt")
               SELECT 'key ' || n, decode(lpad(to_hex(n), 64, '0'), 'hex'), 'aaaaaaaa', now(), now() FROM generate_series(1, 1000) n`,
        values: [],
      },
    ])
    await store.close()
    rows.push(await ingestInto('PostgreSQL, empty', url))
    await drop()
  } finally {
    await postgres.stop()
  }
  print(
    table(
      [
        'ingestion of a journal, rollups included',
        'calls a second',
        'processor time, µs a call',
        'memory it takes, MB',
      ],
      rows,
    ),
  )
}

function withKeys(path: string): void {
  const database = new DatabaseSync(path)
  addKeys(database)
  database.close()
}

async function ingestInto(name: string, database: string): Promise<(string | number)[]> {
  const journal = join(folder, `journal-${name.replaceAll(/\W/g, '')}`)
  const written = openJournal({
    folder: journal,
    runId: '01',
    head: headLine('01'),
    onWritten: () => undefined,
    onProblem: () => undefined,
  })
  for (const record of syntheticCalls(INGESTED, nowMs, nowMs + 60_000, 2)) {
    written.append(openLine(record))
    written.append(closeLine(record))
    if (written.state().lostLines > 0) throw new Error('the journal lost lines')
    if (Math.random() < 0.01) await new Promise<void>((resolve) => written.afterTurn(resolve))
  }
  await new Promise<void>((resolve) => written.afterTurn(resolve))
  written.close()
  const before = process.memoryUsage.rss()
  let peak = before
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss())
  }, 20)
  const cpuBefore = process.cpuUsage()
  const from = performance.now()
  const ledger = openLedger({
    folder: journal,
    database,
    onProblem: (where, message) => console.error(where, message),
  })
  while (readdirSync(journal).filter((file) => file.endsWith('.journal')).length > 1)
    await new Promise((resolve) => setTimeout(resolve, 10))
  const seconds = (performance.now() - from) / 1_000
  clearInterval(watch)
  const cpu = process.cpuUsage(cpuBefore)
  const cpuUs = (cpu.user + cpu.system) / INGESTED
  if (ledger.state().quarantined > 0) throw new Error('lines were put into quarantine')
  await ledger.close()
  rmSync(journal, { recursive: true })
  return [name, thousands(INGESTED / seconds), cpuUs.toFixed(1), Math.round((peak - before) / 2 ** 20)]
}

/** Pages and stats of both sizes. */
async function reads(small: string, large: string): Promise<void> {
  const names = [
    'page 1, 50 rows',
    'the deepest page',
    "page 1 of one key's",
    'the deepest page of one outcome',
    'stats of 90 days: totals, models, days',
    'stats of one key, 90 days',
    'page 1 through GraphQL',
    'the deepest page through GraphQL',
    'stats of 90 days through GraphQL',
  ]
  const columns: number[][] = []
  for (const path of [small, large]) {
    const store = await openStore(path)
    const range = { fromMs, toMs: null }
    const spans = [
      await timed(30, () => findRequestLogs(store, {}, { limit: 50 })),
      await timed(30, () => findRequestLogs(store, {}, { limit: 50, oldestFirst: true })),
      await timed(30, () => findRequestLogs(store, { apiKeyIds: [500] }, { limit: 50 })),
      await timed(30, () =>
        findRequestLogs(store, { outcomes: ['ERROR'] }, { limit: 50, oldestFirst: true }),
      ),
      await timed(20, () => reportUsage(store, range)),
      await timed(20, () => reportUsage(store, { ...range, apiKeyId: 1 })),
    ]
    await store.close()
    const server = await startMeasuredServer(path)
    const fields = '{ nodes { id at outcome httpStatus requestedModel durationMs inputTokens outputTokens } }'
    spans.push(
      await timed(30, () => server.graphql(`{ requestLogs(first: 50) ${fields} }`)),
      await timed(30, () => server.graphql(`{ requestLogs(last: 50) ${fields} }`)),
      await timed(20, () => server.graphql(heaviestStats(fromMs))),
    )
    await server.stop()
    columns.push(spans.map(({ p50 }) => p50))
  }
  const [smallMs = [], largeMs = []] = columns
  print(
    table(
      ['reading, SQLite, median', `${thousands(SMALL)} rows, ms`, `${thousands(LARGE)} rows, ms`, 'ratio'],
      names.map((name, at) => {
        const [a, b] = [smallMs[at] ?? Number.NaN, largeMs[at] ?? Number.NaN]
        return [name, ms(a), ms(b), (b / a).toFixed(1)]
      }),
    ),
  )
}

/** Calls to the echo through the whole gateway, alone and beside the heaviest work there is. */
async function callsBeside(large: string): Promise<void> {
  const server = await startMeasuredServer(large)
  try {
    const rows: (string | number)[][] = []
    const measure = async (name: string, beside: (() => Promise<unknown>) | null) => {
      const calls = await callsWhile(server, CALL_MS, beside)
      rows.push([
        name,
        thousands(calls.perSecond),
        ms(calls.spread.p50),
        ms(calls.spread.p99),
        ms(calls.spread.max),
        ms(calls.stallMs),
        calls.rounds,
      ])
    }
    await measure('alone', null)
    await measure('alone', null)
    await measure(`stats of 90 days of ${thousands(LARGE)} calls, again and again`, () =>
      server.graphql(heaviestStats(fromMs)),
    )
    await measure('page after page of request logs', () =>
      server.graphql('{ requestLogs(last: 100) { nodes { id } } }'),
    )
    print(
      table(
        [
          '4 clients, one process; their calls are ingested meanwhile',
          'calls/s',
          'p50 ms',
          'p99 ms',
          'max ms',
          'longest stall of the event loop, ms',
          'rounds of the work beside',
        ],
        rows.slice(1),
      ),
    )
  } finally {
    await server.stop()
  }
}

/** Removes a million expired rows, as the ingesting thread does. */
async function retention(large: string): Promise<void> {
  const rows = Math.min(1_000_000, LARGE / 2)
  const store = await openStore(large)
  const ingest = await openIngestion(large)
  const [before, from] = [megabytes(large), performance.now()]
  const logsBeforeMs = fromMs + ((nowMs - fromMs) * rows) / LARGE
  const batches: number[] = []
  for (;;) {
    const began = performance.now()
    const more = await ingest.removeExpired(
      { logsBeforeMs, rollupsBeforeMs: null, contentsBeforeMs: null },
      2_000,
    )
    await ingest.compact()
    if (!more) break
    batches.push(performance.now() - began)
  }
  const seconds = (performance.now() - from) / 1_000
  await store.close()
  await ingest.close()
  const spread = spreadOf(batches)
  print(
    table(
      [
        'retention, batches of 2,000 rows',
        'rows/s',
        'median batch ms',
        'longest batch ms',
        'file before, MB',
        'after, MB',
      ],
      [
        [
          `${thousands(rows)} rows of ${thousands(LARGE)}`,
          thousands(rows / seconds),
          ms(spread.p50),
          ms(spread.max),
          before,
          megabytes(large),
        ],
      ],
    ),
  )
}

function megabytes(path: string): number {
  return Math.round(
    [path, `${path}-wal`].reduce((sum, file) => sum + (existsSync(file) ? statSync(file).size : 0), 0) /
      2 ** 20,
  )
}
