// JSON Lines: an object a line. Decimals are strings, since a JSON number is no exact decimal where it is read.
import { usdOf } from '../../domain/pricing/money.ts'
import type { ColumnType, ExportColumn, ExportValue } from './export-column.ts'

/** One text for each batch, which ends with the end of a line; a batch without rows yields none. */
export async function* jsonlOf<Row>(
  columns: ExportColumn<Row>[],
  batches: AsyncIterable<Row[]>,
): AsyncGenerator<string, void, void> {
  for await (const rows of batches) {
    let text = ''
    for (const row of rows) {
      const object: Record<string, ExportValue> = {}
      for (const { name, type, of } of columns) object[name] = jsonValue(type, of(row))
      text += `${JSON.stringify(object)}\n`
    }
    if (text !== '') yield text
  }
}

function jsonValue(type: ColumnType, value: ExportValue): ExportValue {
  if (value === null) return null
  if (type === 'DECIMAL') return usdOf(BigInt(Number(value)))
  if (type === 'INSTANT') return new Date(Number(value)).toISOString()
  return value
}
