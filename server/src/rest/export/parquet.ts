// Apache Parquet, row group by row group: what is in memory is one group, and the places of those before.
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import type { ColumnType, ExportColumn } from './export-column.ts'

/**
 * Rows of a group. Encoding one takes the event loop some ten milliseconds; of a million rows, the places of 500 groups are kept
 * until the end of the file.
 */
const GROUP_ROWS = 2_000

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number]

const TYPES: Record<ColumnType, Omit<SchemaElement, 'name'>> = {
  TEXT: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  WHOLE: { type: 'INT64' },
  DECIMAL: { type: 'INT64', converted_type: 'DECIMAL', precision: 18, scale: 9 },
  INSTANT: { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' },
  BOOLEAN: { type: 'BOOLEAN' },
}

/** The bytes of a file, in pieces. Every column may be null. */
export async function* parquetOf<Row>(
  columns: ExportColumn<Row>[],
  batches: AsyncIterable<Row[]>,
): AsyncGenerator<Uint8Array, void, void> {
  const bytes = new ByteWriter()
  const file = new ParquetWriter({
    writer: bytes,
    schema: [
      { name: 'root', num_children: columns.length },
      ...columns.map(
        ({ name, type }): SchemaElement => ({ name, repetition_type: 'OPTIONAL', ...TYPES[type] }),
      ),
    ],
    createdBy: 'Latchkey',
    statistics: false,
  })
  let rows: Row[] = []
  const group = async () => {
    const columnData = columns.map(({ name, type, of }) => ({
      name,
      data: rows.map((row) => parquetValue(type, of(row))),
      offsetIndex: false,
    }))
    rows = []
    await file.write({ columnData, rowGroupSize: GROUP_ROWS })
    return taken(bytes)
  }
  for await (const batch of batches) {
    for (const row of batch) rows.push(row)
    if (rows.length >= GROUP_ROWS) yield await group()
  }
  if (rows.length > 0) yield await group()
  await file.finish()
  yield taken(bytes)
}

function parquetValue(type: ColumnType, value: string | number | boolean | null) {
  if (value === null || type === 'TEXT' || type === 'BOOLEAN') return value
  return BigInt(Number(value))
}

/** What has been written since the last time. Its offsets continue; its buffer is emptied. */
function taken(writer: ByteWriter): Uint8Array {
  const piece = writer.getBytes().slice()
  writer.index = 0
  return piece
}
