// The columns of an export, in whichever format it is written.

/**
 * TEXT; WHOLE: a whole number below 2^53; DECIMAL: nano-units, written as an exact decimal of nine
 * places; INSTANT: milliseconds since the epoch; BOOLEAN.
 */
export type ColumnType = 'TEXT' | 'WHOLE' | 'DECIMAL' | 'INSTANT' | 'BOOLEAN'

export type ExportValue = string | number | boolean | null

export type ExportColumn<Row> = {
  name: string
  type: ColumnType
  /** Null: not known. A DECIMAL and an INSTANT are whole numbers. */
  of(row: Row): ExportValue
}

/** Rows of one export with the cursor by which a broken one is resumed. */
export type ExportTable<Row> = {
  columns: ExportColumn<Row>[]
  cursorOf(row: Row): string
}
