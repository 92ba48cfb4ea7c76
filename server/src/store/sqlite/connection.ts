// One connection to the SQLite file, and the jobs that run on it.
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { type BackTest, type BackTestQuery, BackTestRun } from '../../domain/policy/back-test/back-test.ts'
import { UsageFold, type UsageGroup, type UsageQuery } from '../../domain/usage/rollup-changes.ts'
import { addPastCall, pastCallsStatement } from '../queries/past-calls.ts'
import { FOLD_CASE, foldCase } from '../queries/text-search.ts'
import { foldRow, foldStatement } from '../queries/usage-rollups.ts'
import type { SqlStatement, SqlValue } from '../sql.ts'
import type { QueryResult } from './protocol.ts'

// Beyond this many prepared statements the oldest are finalized; Prisma's and ours together are far fewer.
const PREPARED_MAX = 500

// Past calls in one step: some milliseconds, for which other jobs of this thread wait.
const PAST_CALLS_PAGE = 2_000

export class SqliteConnection {
  readonly #database: DatabaseSync
  readonly #prepared = new Map<string, StatementSync>()

  /** Opens the file, made if absent. Throws where it is not a database or cannot be opened. */
  constructor(path: string, readOnly: boolean) {
    this.#database = new DatabaseSync(path, {
      readOnly,
      enableForeignKeyConstraints: true,
      // Waiting happens in this worker, so it stalls no call; long enough that BUSY does not surface.
      timeout: 30_000,
    })
    if (!readOnly) {
      // Only before the first table: lets the file give back what retention frees, a few pages at a time.
      const { page_count: pages } = this.#database.prepare('PRAGMA page_count').get() as {
        page_count: number
      }
      if (pages === 0) this.#database.exec('PRAGMA auto_vacuum = INCREMENTAL')
      // WAL: readers never wait for the writer; after a checkpoint its file is truncated to 64 MiB.
      this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 67108864')
    }
    // NORMAL: survives a killed process; a power failure may lose the last commits, which are ingested again.
    this.#database.function(FOLD_CASE, { deterministic: true }, (text) =>
      typeof text === 'string' ? foldCase(text) : null,
    )
    this.#database.exec('PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY')
  }

  query(text: string, values: SqlValue[]): QueryResult {
    const statement = this.#prepare(text)
    const columns = statement.columns()
    statement.setReadBigInts(true)
    if (columns.length === 0) {
      const { changes } = statement.run(...values)
      return { columns: [], declaredTypes: [], rows: [], changes: Number(changes) }
    }
    statement.setReturnArrays(true)
    const rows = statement.all(...values) as unknown as unknown[][]
    return {
      columns: columns.map((column) => column.name),
      declaredTypes: columns.map((column) => column.type),
      rows,
      changes: 0,
    }
  }

  all(text: string, values: SqlValue[]): unknown[] {
    const statement = this.#prepare(text)
    statement.setReadBigInts(false)
    statement.setReturnArrays(false)
    return statement.all(...values)
  }

  /** Folds the rows one by one, so that only totals cross to the main thread. */
  groupUsage(query: UsageQuery): UsageGroup[] {
    const fold = new UsageFold(query)
    for (const part of query.parts) {
      const { text, values } = foldStatement(query, part)
      const statement = this.#prepare(text)
      statement.setReadBigInts(false)
      statement.setReturnArrays(true)
      for (const row of statement.iterate(...values)) foldRow(fold, part.kind, row as unknown as unknown[])
    }
    return fold.groups()
  }

  /** Page by page, so that other jobs can be done in between. */
  *backTest(query: BackTestQuery): Generator<void, BackTest, void> {
    const run = new BackTestRun(query)
    let after: Uint8Array | null = null
    for (;;) {
      const { text, values } = pastCallsStatement('sqlite', query, after, PAST_CALLS_PAGE)
      const statement = this.#prepare(text)
      statement.setReadBigInts(false)
      statement.setReturnArrays(true)
      let rows = 0
      for (const row of statement.iterate(...values)) {
        after = addPastCall(run, row as unknown as unknown[])
        rows++
      }
      if (rows < PAST_CALLS_PAGE) return run.result()
      yield
    }
  }

  batch(statements: SqlStatement[]): number[] {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const changes = statements.map(({ text, values }) => Number(this.#prepare(text).run(...values).changes))
      this.#database.exec('COMMIT')
      return changes
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }

  script(text: string): void {
    this.#database.exec(text)
  }

  close(): void {
    this.#prepared.clear()
    this.#database.close()
  }

  #prepare(text: string): StatementSync {
    const known = this.#prepared.get(text)
    if (known !== undefined) return known
    // Our SQL says $1 as Postgres does; SQLite would take that for a name, and ?1 for the position that is meant.
    const statement = this.#database.prepare(text.replace(/\$(\d+)/g, '?$1'))
    if (this.#prepared.size >= PREPARED_MAX) {
      const [oldest] = this.#prepared.keys()
      if (oldest !== undefined) this.#prepared.delete(oldest)
    }
    this.#prepared.set(text, statement)
    return statement
  }
}
