// The messages between the main thread and a SQLite worker.
import type { BackTestQuery } from '../../domain/policy/back-test/back-test.ts'
import type { UsageQuery } from '../../domain/usage/rollup-changes.ts'
import type { SqlStatement, SqlValue } from '../sql.ts'

export type WorkerJob =
  /** One statement for Prisma: exact integers, rows as arrays, declared types. */
  | { kind: 'query'; text: string; values: SqlValue[] }
  /** One read, rows as objects with plain numbers. */
  | { kind: 'all'; text: string; values: SqlValue[] }
  /** Totals of rollups: folded where they are read. */
  | { kind: 'usage'; query: UsageQuery }
  /** Past calls through a policy; other jobs are done in between. */
  | { kind: 'backTest'; query: BackTestQuery }
  | { kind: 'batch'; statements: SqlStatement[] }
  /** Several statements in one text, without parameters. */
  | { kind: 'script'; text: string }
  | { kind: 'close' }

export type QueryResult = {
  columns: string[]
  declaredTypes: (string | null)[]
  rows: unknown[][]
  changes: number
}

export type WorkerRequest = { id: number; job: WorkerJob }
export type WorkerFailure = { message: string; code: string; sqliteCode: number }
export type WorkerReply = { id: number; value: unknown } | { id: number; failure: WorkerFailure }

export type WorkerSetup = {
  path: string
  readOnly: boolean
  /** Its queries may take long: where cores are scarce, the threads that serve calls come first. */
  inBackground: boolean
}

/** Of the thread that copies and checks files. */
export type CopyJob = { kind: 'copy'; from: string; path: string } | { kind: 'check'; path: string }
export type CopyReply = {
  bytes: number
  sha256: string
  faults: string[]
  migrations: { name: string; checksum: string }[]
}
