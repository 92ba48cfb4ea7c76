// CSV as RFC 4180 has it, safe to open in a spreadsheet.
import { usdOf } from '../../domain/pricing/money.ts'
import type { ColumnType, ExportColumn, ExportValue } from './export-column.ts'

const BOM = '\ufeff'
// A spreadsheet takes text that begins so for a formula, the full-width forms too.
// https://owasp.org/www-community/attacks/CSV_Injection
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/
const QUOTED = /[",\r\n]/

/** A header line and a line for each row; `bom`: begun with the mark by which Excel knows UTF-8. Lines end with CR LF. */
export async function* csvOf<Row>(
  columns: ExportColumn<Row>[],
  batches: AsyncIterable<Row[]>,
  { bom }: { bom: boolean },
): AsyncGenerator<string, void, void> {
  yield `${bom ? BOM : ''}${columns.map(({ name }) => quoted(name)).join(',')}\r\n`
  for await (const rows of batches) {
    let text = ''
    for (const row of rows) {
      for (let at = 0; at < columns.length; at++) {
        const column = columns[at]
        if (column === undefined) continue
        if (at > 0) text += ','
        text += csvValue(column.type, column.of(row))
      }
      text += '\r\n'
    }
    if (text !== '') yield text
  }
}

/** A value as it stands in a line; null is empty. Text that a spreadsheet would calculate has an apostrophe before it. */
export function csvValue(type: ColumnType, value: ExportValue): string {
  if (value === null) return ''
  switch (type) {
    case 'DECIMAL':
      return usdOf(BigInt(Number(value)))
    case 'INSTANT':
      return new Date(Number(value)).toISOString()
    case 'TEXT': {
      const text = String(value)
      return quoted(FORMULA.test(text) ? `'${text}` : text)
    }
    default:
      return String(value)
  }
}

function quoted(text: string): string {
  return QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
