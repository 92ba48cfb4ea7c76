// Instants in raw SQL: integers of milliseconds in SQLite, `timestamp(3)` in UTC in PostgreSQL.
import type { DatabaseKind } from './store.ts'

/** The SQL expression of a column's milliseconds since the epoch; null where it is null. */
export function readInstant(kind: DatabaseKind, column: string): string {
  return kind === 'sqlite' ? column : `CAST(extract(epoch FROM ${column}) * 1000 AS bigint)`
}

/** The SQL expression that stores a parameter (`$1`) of milliseconds since the epoch as an instant. */
export function writtenInstant(kind: DatabaseKind, parameter: string): string {
  return kind === 'sqlite' ? parameter : `to_timestamp(${parameter} / 1000.0) AT TIME ZONE 'UTC'`
}
