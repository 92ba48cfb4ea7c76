// The columns of a table: what a screen says of them, and which of them this browser shows.
import type { Snippet } from 'svelte'
import { keepValue, keptValue } from '#lib/preferences/kept-value.ts'

export type Column<Row> = {
  /** Stable: it is in the URL when the table is sorted by it, and in what the browser remembers. */
  id: string
  header: string
  /** A longer explanation of the header, shown as its title. */
  hint?: string
  content: Snippet<[Row]>
  /** Numbers stand at the end, so that their digits line up. */
  align?: 'end'
  /** The header sorts by `id`. */
  sortable?: boolean
  /** The direction of the first press: most first, as of money and times. */
  first?: 'descending'
  /** Always shown, as a name is. */
  fixed?: boolean
  /** Shown only once somebody chooses it. */
  hidden?: boolean
  /** Below this width of the table the column is left out: 720, 960 or 1280 px. */
  from?: 'md' | 'lg' | 'xl'
  /** Its place in the lines of a narrow table: the first line, its end, the second line (the default), a third line of its own, or none. */
  narrow?: 'title' | 'corner' | 'line' | 'whole' | 'none'
  /** The first column of a table whose rows say something in several lines: it takes most of the width. */
  wide?: boolean
  /** Needs no header beside it on the second line, as a time, a name and an amount do. */
  bare?: boolean
  /** On the second line it takes what the others leave, and is shortened before one of them would need a third line. */
  shrinks?: boolean
  /** The cell holds buttons or links of its own, which stand above the link of the row. */
  interactive?: boolean
}

/** The column with the menu of each row: the last one, without a header, at the end of the first of two lines. */
export function menuColumn<Row>(content: Snippet<[Row]>): Column<Row> {
  return { id: 'menu', header: '', content, fixed: true, interactive: true, align: 'end', narrow: 'corner' }
}

/** The last of these columns is that of the rows' menus: the table's own menu stands above it. */
export const endsInMenus = (visible: readonly { id: string }[]): boolean => visible.at(-1)?.id === 'menu'

/** The shown columns of one table. */
export class ShownColumns {
  readonly #storageKey: string
  /** Those whose visibility differs from what the screen says. */
  #changed = $state.raw<ReadonlySet<string>>(new Set())

  constructor(table: string) {
    this.#storageKey = `latchkey.columns.${table}`
    this.#changed = new Set(keptValue(this.#storageKey)?.split(' ').filter(Boolean))
  }

  isShown(column: Column<never>): boolean {
    return column.fixed || (column.hidden === true) === this.#changed.has(column.id)
  }

  toggle(column: Column<never>): void {
    const changed = new Set(this.#changed)
    if (!changed.delete(column.id)) changed.add(column.id)
    this.#changed = changed
    keepValue(this.#storageKey, [...changed].join(' '))
  }
}

/** What the menu of a table chooses among. */
export type TableMenuProps = {
  columns: readonly Column<never>[]
  shown: ShownColumns
  sort: string | undefined
  onsort: ((sort: string) => void) | undefined
}
