// The selected rows of a table: by id, over pages, or all that match the filter.
import { SvelteSet } from 'svelte/reactivity'

export class Selection {
  readonly ids = new SvelteSet<string>()
  /** Every row that matches the filter, those of other pages included. */
  allMatching = $state(false)
  #anchor: string | undefined

  has(id: string): boolean {
    return this.allMatching || this.ids.has(id)
  }

  /** How many are selected, of `total` that match. */
  count(total: number): number {
    return this.allMatching ? total : this.ids.size
  }

  /**
   * Selects a row, or not any more. With `range`, every row from the one before gets the same state.
   *
   * @param rows the ids in the order on screen.
   */
  toggle(id: string, rows: readonly string[], range = false): void {
    this.#leaveAllMatching(rows)
    const on = !this.ids.has(id)
    const from = range && this.#anchor !== undefined ? rows.indexOf(this.#anchor) : -1
    const to = rows.indexOf(id)
    const touched = from >= 0 ? rows.slice(Math.min(from, to), Math.max(from, to) + 1) : [id]
    for (const each of touched) {
      if (on) this.ids.add(each)
      else this.ids.delete(each)
    }
    this.#anchor = id
  }

  /** Selects all rows on screen; none of them where all were. */
  toggleAll(rows: readonly string[]): void {
    if (this.allMatching || rows.every((id) => this.ids.has(id))) return this.clear()
    for (const id of rows) this.ids.add(id)
  }

  /** Selects everything that matches the filter. */
  selectAllMatching(): void {
    this.allMatching = true
  }

  clear(): void {
    this.ids.clear()
    this.allMatching = false
    this.#anchor = undefined
  }

  /** Of everything but one row only the rows on screen are known by id. */
  #leaveAllMatching(rows: readonly string[]): void {
    if (!this.allMatching) return
    this.allMatching = false
    for (const id of rows) this.ids.add(id)
  }
}
