// Request logs in and out of either database: nothing double, nothing lost, every page where it should be.
import { NO_USAGE } from '@latchkey/server/domain/logs/generated/new-record.ts'
import {
  countRequestLogs,
  findRequestLog,
  findRequestLogs,
} from '@latchkey/server/ledger/logs/request-logs.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { callRecordAt, openTestStore, type TestStore } from '../support/databases/open-test-store.ts'

const T = Date.UTC(2026, 10, 22, 12)

let db: TestStore

beforeAll(async () => {
  db = await openTestStore()
})
afterAll(() => db.close())
beforeEach(async () => {
  await db.store.prisma.requestLog.deleteMany()
})

describe('writing', () => {
  test('a record comes back as it was', async () => {
    const apiKeyId = await db.makeKey()
    const full = callRecordAt(T, 1, {
      apiKeyId,
      timeToFirstTokenMs: 7,
      streamed: true,
      upstreamRequestId: 'u',
      errorCode: 'c',
      errorMessage: 'm',
      closeCode: 1000,
      shadowDenials: 'model_not_allowed',
      costNanoUsd: 9_007_199_254_740_991,
      receipt: '{"lines":[]}',
      attempts: '[]',
      calls: 2_147_483_647,
      usedSecret: 'FORMER',
    })
    const bare = callRecordAt(T, 2, {
      httpStatus: null,
      upstream: null,
      requestedModel: null,
      resolvedModel: null,
      finishReason: null,
      usageSource: 'NONE',
      ...NO_USAGE,
      clientIp: null,
      userAgent: null,
    })
    await db.ingest([full, bare])
    expect(await findRequestLog(db.store, full.id)).toEqual(full)
    expect(await findRequestLog(db.store, bare.id)).toEqual(bare)
  })

  test('a record written again changes nothing, in one batch or in two', async () => {
    const apiKeyId = await db.makeKey()
    const record = callRecordAt(T, 1, { apiKeyId })
    await db.ingest([record, record])
    await db.ingest([record, callRecordAt(T, 2, { apiKeyId })])
    expect(await countRequestLogs(db.store, {})).toBe(2)
    expect(await key(apiKeyId)).toMatchObject({ usageCount: 2n })
  })

  test('a key counts what was admitted, and remembers the latest, in whatever order they come', async () => {
    const apiKeyId = await db.makeKey()
    await db.ingest([callRecordAt(T + 5_000, 1, { apiKeyId })])
    await db.ingest([
      callRecordAt(T, 2, { apiKeyId, outcome: 'ERROR' }),
      callRecordAt(T, 3, { apiKeyId, outcome: 'CANCELLED' }),
      callRecordAt(T + 9_000, 4, { apiKeyId, outcome: 'DENIED' }),
    ])
    expect(await key(apiKeyId)).toMatchObject({ usageCount: 3n, lastUsedAt: new Date(T + 5_000) })
  })

  test('a deleted key’s late records are dropped, and others in the batch are not', async () => {
    const [disconnected, kept] = [await db.makeKey(), await db.makeKey()]
    await db.store.prisma.apiKey.delete({ where: { id: disconnected } })
    await db.ingest([
      callRecordAt(T, 1, { apiKeyId: disconnected }),
      callRecordAt(T, 2, { apiKeyId: kept }),
      callRecordAt(T, 3),
    ])
    expect((await findRequestLogs(db.store, {}, { limit: 10 })).map(({ apiKeyId }) => apiKeyId)).toEqual([
      null,
      kept,
    ])
  })

  test('numbers past 32 bits stay exact', async () => {
    const record = callRecordAt(T, 1, {
      requestBytes: 2 ** 31,
      responseBytes: 2 ** 40 + 1,
      inputTokens: 2 ** 31 - 1,
      durationMs: 2 ** 31 - 1,
    })
    await db.ingest([record])
    expect(await findRequestLog(db.store, record.id)).toEqual(record)
    const apiKeyId = await db.makeKey()
    await db.store.prisma.apiKey.update({ where: { id: apiKeyId }, data: { usageCount: 2n ** 40n } })
    await db.ingest([callRecordAt(T, 2, { apiKeyId })])
    expect(await key(apiKeyId)).toMatchObject({ usageCount: 2n ** 40n + 1n })
  })
})

describe('text that a database might mind', () => {
  const fields = [
    'endpoint',
    'userAgent',
    'requestedModel',
    'resolvedModel',
    'errorMessage',
    'errorCode',
    'finishReason',
    'upstreamRequestId',
  ] as const

  test.for([
    ['quotes and SQL', `'; DROP TABLE "RequestLog"; -- \\ \\' $1 ? {"a":1}`],
    ['emoji and scripts', '🔑 日本語 العربية e\u0301 \u202e'],
    ['line breaks and tabs', 'a\r\nb\tc'],
    ['nothing', ''],
  ])('%s comes back as it was', async ([, text]) => {
    const record = callRecordAt(T, 1, Object.fromEntries(fields.map((field) => [field, text])))
    await db.ingest([record])
    expect(await findRequestLog(db.store, record.id)).toEqual(record)
    expect(await countRequestLogs(db.store, { models: [text ?? ''] })).toBe(1)
  })

  test.for([
    ['NUL', 'a\u0000b', 'a\ufffdb'],
    ['half a character', 'a\ud83db', 'a\ufffdb'],
  ] as const)('%s is replaced', async ([, text, stored]) => {
    const record = callRecordAt(T, 1, Object.fromEntries(fields.map((field) => [field, text])))
    await db.ingest([record])
    const read = await findRequestLog(db.store, record.id)
    for (const field of fields) expect(read?.[field]).toBe(stored)
  })

  test('64 KB in every field hold up nothing behind them', async () => {
    // Without a pattern that a database could make smaller, as a hostile client would send it.
    const text = Array.from({ length: 65_536 }, (_, at) =>
      String.fromCharCode(0x4e00 + ((at * 7_919) % 20_000)),
    ).join('')
    await db.ingest([
      callRecordAt(T, 1, Object.fromEntries(fields.map((field) => [field, text]))),
      callRecordAt(T, 2),
    ])
    const [after, before] = await findRequestLogs(db.store, {}, { limit: 10 })
    expect(after).toEqual(callRecordAt(T, 2))
    for (const field of fields) {
      expect(before?.[field]?.length).toBeGreaterThan(200)
      expect(text.startsWith(before?.[field] ?? '-')).toBe(true)
    }
  })
})

describe('reading', () => {
  // Three instants of five calls each: pages end in the middle of one.
  const records = Array.from({ length: 15 }, (_, n) =>
    callRecordAt(T + Math.floor(n / 5) * 1_000, n, {
      outcome: n % 3 === 0 ? 'ERROR' : 'SUCCESS',
      requestedModel: n % 2 === 0 ? 'a' : null,
    }),
  )
  const newestFirst = records.map(({ id }) => id).reverse()

  beforeEach(() => db.ingest(records))

  test('forward over ties: every row once, newest first', async () => {
    const seen: string[] = []
    for (let olderThan: string | undefined; ; olderThan = seen.at(-1)) {
      const page = await findRequestLogs(db.store, {}, { limit: 4, olderThan })
      if (page.length === 0) break
      seen.push(...page.map(({ id }) => id))
    }
    expect(seen).toEqual(newestFirst)
  })

  test('backward over ties: every row once, each page newest first', async () => {
    const pages: string[][] = []
    for (let newerThan = newestFirst.at(-1); ; newerThan = pages[0]?.[0]) {
      const page = await findRequestLogs(db.store, {}, { limit: 4, newerThan })
      if (page.length === 0) break
      pages.unshift(page.map(({ id }) => id))
    }
    expect(pages.flat()).toEqual(newestFirst.slice(0, -1))
  })

  test('between two ids, from either end', async () => {
    const between = { olderThan: newestFirst[2], newerThan: newestFirst[8], limit: 2 }
    expect(ids(await findRequestLogs(db.store, {}, between))).toEqual(newestFirst.slice(3, 5))
    expect(ids(await findRequestLogs(db.store, {}, { ...between, oldestFirst: true }))).toEqual(
      newestFirst.slice(6, 8),
    )
  })

  test.for<[string, Parameters<typeof findRequestLogs>[1], (n: number) => boolean]>([
    ['an outcome', { outcomes: ['ERROR'] }, (n) => n % 3 === 0],
    ['two outcomes', { outcomes: ['ERROR', 'SUCCESS'] }, () => true],
    ['no outcome at all', { outcomes: [] }, () => false],
    ['a model', { models: ['a'] }, (n) => n % 2 === 0],
    ['an unknown key', { apiKeyIds: [999_999] }, () => false],
    ['from an instant on', { fromMs: T + 1_000 }, (n) => n >= 5],
    ['up to an instant', { toMs: T + 1_000 }, (n) => n < 5],
    ['an instant alone', { fromMs: T + 1_000, toMs: T + 1_001 }, (n) => n >= 5 && n < 10],
    ['no time at all', { fromMs: T, toMs: T }, () => false],
    ['all of it', { outcomes: ['ERROR'], models: ['a'], fromMs: T + 1_000 }, (n) => n >= 5 && n % 6 === 0],
    ['times that no id can hold', { fromMs: -1, toMs: 1e18 }, () => true],
  ])('by %s', async ([, filter, matches]) => {
    const expected = records.filter((_, n) => matches(n)).map(({ id }) => id)
    expect(ids(await findRequestLogs(db.store, filter, { limit: 100 }))).toEqual(expected.reverse())
    expect(await countRequestLogs(db.store, filter)).toBe(expected.length)
  })

  test('a page is of 1 to 1,000 rows, whatever is requested', async () => {
    for (const limit of [0, -5, Number.NaN, 0.5]) {
      expect(await findRequestLogs(db.store, {}, { limit })).toHaveLength(1)
    }
    expect(await findRequestLogs(db.store, {}, { limit: 1e9 })).toHaveLength(15)
  })

  test('page numbers agree with the cursor', async () => {
    expect(ids(await findRequestLogs(db.store, {}, { limit: 5, offset: 5 }))).toEqual(
      newestFirst.slice(5, 10),
    )
  })

  test('an id that is none is refused, and an unknown one is not found', async () => {
    await expect(findRequestLogs(db.store, {}, { limit: 1, olderThan: 'x' })).rejects.toThrow(TypeError)
    expect(await findRequestLog(db.store, `req_${'0'.repeat(32)}`)).toBeNull()
    expect(await findRequestLog(db.store, `'; --`)).toBeNull()
  })
})

function ids(records: { id: string }[]): string[] {
  return records.map(({ id }) => id)
}

function key(id: number) {
  return db.store.prisma.apiKey.findUnique({ where: { id } })
}
