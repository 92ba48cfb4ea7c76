// The columns of an export of request logs: those of the table of columns, in its order, and what people call them by. Content is
// never among them.
import { COLUMN_NAMES, type Column, type ColumnName, columnOf } from '../../domain/logs/columns.ts'
import { ownerId } from '../../domain/owners/owner.ts'
import { requestIdTimeMs } from '../../domain/uuid.ts'
import type { ExportedLog } from '../../services/logs/export-request-logs.ts'
import type { ColumnType, ExportColumn, ExportTable } from './export-column.ts'
import { snakeCase } from './snake-case.ts'

const TYPES: Record<Column['type'], ColumnType> = {
  ID: 'TEXT',
  TEXT: 'TEXT',
  ENUM: 'TEXT',
  BOOLEAN: 'BOOLEAN',
  INT: 'WHOLE',
  BIGINT: 'WHOLE',
}
const FIRST: ExportColumn<ExportedLog>[] = [
  { name: 'id', type: 'TEXT', of: ({ log }) => log.id },
  { name: 'at', type: 'INSTANT', of: ({ log }) => requestIdTimeMs(log.id) },
  { name: 'api_key_id', type: 'TEXT', of: ({ keyId }) => keyId },
  { name: 'api_key_name', type: 'TEXT', of: ({ keyName }) => keyName },
]

export const LOG_TABLE: ExportTable<ExportedLog> = {
  columns: [...FIRST, ...COLUMN_NAMES.filter((name) => name !== 'id' && name !== 'apiKeyId').map(columnFor)],
  cursorOf: ({ log }) => log.id,
}

function columnFor(name: ColumnName): ExportColumn<ExportedLog> {
  if (name === 'ownerId') {
    return {
      name: 'owner_id',
      type: 'TEXT',
      of: ({ log }) => (log.ownerId === null ? null : ownerId(log.ownerId)),
    }
  }
  if (name.endsWith('NanoUsd')) {
    return { name: snakeCase(name.replace('NanoUsd', 'Usd')), type: 'DECIMAL', of: ({ log }) => log[name] }
  }
  return { name: snakeCase(name), type: TYPES[columnOf(name).type], of: ({ log }) => log[name] }
}
