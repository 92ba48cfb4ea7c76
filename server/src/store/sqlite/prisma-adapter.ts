// Prisma's driver adapter for node:sqlite: statements run on the worker that writes, plain reads on the one that reads.
import {
  type ColumnType,
  ColumnTypeEnum,
  DriverAdapterError,
  type MappedError,
  type SqlDriverAdapter,
  type SqlDriverAdapterFactory,
  type SqlQuery,
  type SqlQueryable,
  type SqlResultSet,
  type Transaction,
} from '@prisma/driver-adapter-utils'
import type { SqlValue } from '../sql.ts'
import type { Mutex, Release } from './mutex.ts'
import type { QueryResult } from './protocol.ts'
import { isSqliteError, type SqliteError, type SqliteWorker } from './worker-client.ts'

const IDENTITY = { provider: 'sqlite', adapterName: 'latchkey-node-sqlite' } as const

export type SqliteWorkers = { writer: SqliteWorker; reader: SqliteWorker; writing: Mutex }

/** The factory that `new PrismaClient({ adapter })` takes. Instants are kept as integers, milliseconds since the epoch. */
export function sqliteAdapter(workers: SqliteWorkers): SqlDriverAdapterFactory {
  return { ...IDENTITY, connect: async () => connection(workers) }
}

function connection({ writer, reader, writing }: SqliteWorkers): SqlDriverAdapter {
  return {
    ...IDENTITY,
    queryRaw: async (query) => {
      const reads = /^\s*SELECT\b/i.test(query.sql)
      return resultSet(await (reads ? ask(reader, query) : writing.run(() => ask(writer, query))))
    },
    executeRaw: async (query) => (await writing.run(() => ask(writer, query))).changes,
    executeScript: (text) => writing.run(() => guarded(writer.run<void>({ kind: 'script', text }))),
    startTransaction: async () => {
      const release = await writing.acquire()
      try {
        await guarded(writer.run({ kind: 'script', text: 'BEGIN IMMEDIATE' }))
      } catch (error) {
        release()
        throw error
      }
      return transaction(writer, release)
    },
    // SQLite's own bound is 32,766; Prisma splits `IN` lists by this.
    getConnectionInfo: () => ({ supportsRelationJoins: false, maxBindValues: 32_766 }),
    // The workers belong to the store, which closes them.
    dispose: async () => undefined,
  }
}

function transaction(writer: SqliteWorker, release: Release): Transaction {
  const queryable: SqlQueryable = {
    ...IDENTITY,
    queryRaw: async (query) => resultSet(await ask(writer, query)),
    executeRaw: async (query) => (await ask(writer, query)).changes,
  }
  const end = (text: string) => () => guarded(writer.run<void>({ kind: 'script', text })).finally(release)
  return {
    ...queryable,
    // Phantom: Prisma logs a COMMIT but sends none, and calls commit() below.
    options: { usePhantomQuery: true },
    commit: end('COMMIT'),
    rollback: end('ROLLBACK'),
    createSavepoint: (name: string) =>
      guarded(writer.run<void>({ kind: 'script', text: `SAVEPOINT "${name}"` })),
    rollbackToSavepoint: (name: string) =>
      guarded(writer.run<void>({ kind: 'script', text: `ROLLBACK TO "${name}"` })),
    releaseSavepoint: (name: string) =>
      guarded(writer.run<void>({ kind: 'script', text: `RELEASE SAVEPOINT "${name}"` })),
  }
}

function ask(worker: SqliteWorker, query: SqlQuery): Promise<QueryResult> {
  const values = query.args.map((arg, index) => bound(arg, query.argTypes[index]?.scalarType))
  return guarded(worker.run<QueryResult>({ kind: 'query', text: query.sql, values }))
}

async function guarded<T>(reply: Promise<T>): Promise<T> {
  try {
    return await reply
  } catch (error) {
    throw isSqliteError(error) ? new DriverAdapterError(mapped(error)) : error
  }
}

function bound(arg: unknown, scalarType: string | undefined): SqlValue {
  if (arg === null || arg === undefined) return null
  if (typeof arg === 'boolean') return arg ? 1 : 0
  if (arg instanceof Date) return arg.getTime()
  if (typeof arg === 'string') {
    switch (scalarType) {
      case 'int':
      case 'float':
        return Number(arg)
      case 'bigint':
        return BigInt(arg)
      case 'datetime':
        return Date.parse(arg)
      case 'bytes':
        return Uint8Array.from(Buffer.from(arg, 'base64'))
    }
  }
  if (
    typeof arg === 'string' ||
    typeof arg === 'number' ||
    typeof arg === 'bigint' ||
    arg instanceof Uint8Array
  ) {
    return arg
  }
  throw new TypeError(`SQLite cannot bind a ${typeof arg}`)
}

function resultSet({ columns, declaredTypes, rows }: QueryResult): SqlResultSet {
  const columnTypes = declaredTypes.map((type, index) => columnType(type, rows, index))
  return {
    columnNames: columns,
    columnTypes,
    rows: rows.map((row) => row.map((value, index) => result(value, columnTypes[index]))),
  }
}

function columnType(declared: string | null, rows: unknown[][], index: number): ColumnType {
  switch (declared) {
    case 'INTEGER':
      return ColumnTypeEnum.Int32
    case 'BIGINT':
      return ColumnTypeEnum.Int64
    case 'TEXT':
      return ColumnTypeEnum.Text
    case 'BLOB':
      return ColumnTypeEnum.Bytes
    case 'BOOLEAN':
      return ColumnTypeEnum.Boolean
    case 'DATETIME':
      return ColumnTypeEnum.DateTime
    case 'REAL':
      return ColumnTypeEnum.Double
  }
  // An expression has no declared type: its first value decides.
  const sample = rows.find((row) => row[index] !== null)?.[index]
  if (typeof sample === 'string') return ColumnTypeEnum.Text
  if (typeof sample === 'number') return ColumnTypeEnum.Double
  if (sample instanceof Uint8Array) return ColumnTypeEnum.Bytes
  return ColumnTypeEnum.Int64
}

function result(value: unknown, type: ColumnType | undefined): SqlResultSet['rows'][number][number] {
  if (value === null) return null
  if (type === ColumnTypeEnum.DateTime) return new Date(Number(value)).toISOString()
  if (type === ColumnTypeEnum.Boolean) return Boolean(value)
  if (typeof value === 'bigint') return type === ColumnTypeEnum.Int64 ? value.toString() : Number(value)
  return value as string | number | Uint8Array
}

/** SQLite's extended result codes as the kinds Prisma knows. */
function mapped(error: SqliteError): MappedError & { originalCode: string; originalMessage: string } {
  const original = { originalCode: String(error.sqliteCode), originalMessage: error.message }
  switch (error.sqliteCode) {
    case 1555: // PRIMARYKEY
    case 2067: {
      // "UNIQUE constraint failed: Admin.username"
      const fields = error.message
        .split('failed: ')[1]
        ?.split(', ')
        .map((field) => field.split('.').at(-1) ?? field)
      return { ...original, kind: 'UniqueConstraintViolation', constraint: { fields: fields ?? [] } }
    }
    case 1299:
      return { ...original, kind: 'NullConstraintViolation' }
    case 787:
    case 1811:
      return { ...original, kind: 'ForeignKeyConstraintViolation', constraint: { foreignKey: {} } }
    case 5:
    case 261:
    case 517:
      return { ...original, kind: 'SocketTimeout' }
    default:
      return { ...original, kind: 'sqlite', extendedCode: error.sqliteCode, message: error.message }
  }
}
