// Raw SQL, the same text for both databases: quoted Prisma names, parameters as $1, $2 …

/** What a parameter may be. A boolean is written TRUE/FALSE in the text, since SQLite binds none. */
export type SqlValue = string | number | bigint | null | Uint8Array

export type SqlStatement = { text: string; values: SqlValue[] }

/** A row by column name. Numbers are JavaScript numbers; neither database is asked for more than 2^53-1. */
export type SqlRow = Record<string, unknown>

/** The ways past Prisma: reads that no model query can say, and bulk writes that it would make slow. */
export type Sql = {
  /** A read, off the thread that writes; sees everything committed before the call. */
  all(text: string, values: SqlValue[]): Promise<SqlRow[]>
  /** As `all`, for what may read very many rows: no short read waits behind it. */
  scan(text: string, values: SqlValue[]): Promise<SqlRow[]>
  /**
   * All statements in one transaction, in order; answers how many rows each changed.
   * Rejects with nothing written when any of them fails.
   */
  batch(statements: SqlStatement[]): Promise<number[]>
}
