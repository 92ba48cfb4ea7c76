// Raw SQL, the same text for both databases: quoted Prisma names, parameters as $1, $2 …
//
// Only store/ and tests/ may import this file (tests/checks/sql-in-store.test.ts): other rooms ask by the functions of queries/.

/** The property of a Store that holds its raw SQL. A symbol, so that a room which does not import it cannot reach the SQL. */
export const SQL: unique symbol = Symbol('sql')

/** What a parameter may be. A boolean is written TRUE/FALSE in the text, since SQLite binds none. */
export type SqlValue = string | number | bigint | null | Uint8Array

export type SqlStatement = { text: string; values: SqlValue[] }

/** A row by column name. Numbers are JavaScript numbers; no query returns more than 2^53-1. */
export type SqlRow = Record<string, unknown>

/** SQL without Prisma: reads that no query of a Prisma model can express, and bulk writes that Prisma would make slow. */
export type Sql = {
  /** A short read, not on the thread that writes. It sees everything that was committed before the call. */
  all(text: string, values: SqlValue[]): Promise<SqlRow[]>
  /** As `all`, for a query that may read very many rows: no short read waits for it. */
  scan(text: string, values: SqlValue[]): Promise<SqlRow[]>
  /**
   * Runs all statements in one transaction, in order. Returns how many rows each changed.
   * Rejects with nothing written when any of them fails.
   */
  batch(statements: SqlStatement[]): Promise<number[]>
}
