// A store of the running project's database, with a function that puts call records into it as the ledger does.

import type { StoredContent } from '@latchkey/server/domain/content/captured-content.ts'
import { aCallRecord } from '@latchkey/server/domain/logs/a-call-record.ts'
import type { CallRecord } from '@latchkey/server/domain/logs/call-record.ts'
import { requestIdFromBytes } from '@latchkey/server/domain/uuid.ts'
import type { Ingestion } from '@latchkey/server/ledger/ingest/ingestion.ts'
import { openIngestion } from '@latchkey/server/ledger/ingest/ingestion.ts'
import { openStore } from '@latchkey/server/store/open-store.ts'
import { SQL } from '@latchkey/server/store/sql.ts'
import type { Store } from '@latchkey/server/store/store.ts'
import { createTestDatabase } from './test-database.ts'

export type TestStore = {
  store: Store
  database: string
  /** Writes records, and what is kept of their content, in one transaction, as a batch of the journal; none twice. */
  ingest(records: CallRecord[], contents?: StoredContent[]): Promise<void>
  ingestion: Ingestion
  /** The ids of the calls that a table holds, in order. */
  idsOf(table: 'CallContent' | 'RequestLog'): Promise<string[]>
  /** A key to put records under. */
  makeKey(): Promise<number>
  close(): Promise<void>
}

/** Opens a store on a fresh, migrated database. */
export async function openTestStore(): Promise<TestStore> {
  const { database, drop } = await createTestDatabase()
  const store = await openStore(database)
  const ingestion = await openIngestion(database)
  let position = 0
  return {
    store,
    database,
    ingestion,
    async ingest(records, contents = []) {
      const from = position++
      await ingestion.apply({
        segment: 'test',
        runId: 'test',
        from,
        to: position,
        contents,
        closed: records,
        rest: () => ({ opened: [], openedBefore: [] }),
      })
    },
    async idsOf(table) {
      const rows = await store[SQL].all(`SELECT t."id" FROM "${table}" t ORDER BY t."id"`, [])
      return rows.map((row) => requestIdFromBytes(row.id as Uint8Array))
    },
    async makeKey() {
      const now = new Date()
      const { id } = await store.prisma.apiKey.create({
        data: {
          name: 'key',
          secretHash: crypto.getRandomValues(new Uint8Array(32)),
          secretStart: 'aaaaaaaa',
          createdAt: now,
          updatedAt: now,
        },
      })
      return id
    },
    async close() {
      await ingestion.close()
      await store.close()
      await drop()
    },
  }
}

/** The record of a call at an instant; `serial` orders those of equal instants. */
export function callRecordAt(atMs: number, serial: number, facts: Partial<CallRecord> = {}): CallRecord {
  const time = atMs.toString(16).padStart(12, '0')
  return aCallRecord({
    id: `req_${time}70008${serial.toString(16).padStart(15, '0')}`,
    requestedModel: 'auto',
    cachedInputTokens: 3,
    reasoningTokens: 4,
    durationMs: 50,
    requestBytes: 100,
    responseBytes: 200,
    ...facts,
  })
}
