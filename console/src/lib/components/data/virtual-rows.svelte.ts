// The rows of a long table that are near the window, and the height of those before and after. The rows stay in a real table: a spacer
// row stands for what is not drawn, where a library that positions its items would take the rows out of the table's columns.
import {
  observeWindowOffset,
  observeWindowRect,
  type VirtualItem,
  Virtualizer,
  windowScroll,
} from '@tanstack/virtual-core'
import { inTurn } from '../on-demand/in-turn.ts'

// Px of the table's head, which stays at the top of the window while rows go by.
const headHeight = 36

type Options = {
  count: number
  /** Px of a row before it is measured. */
  estimate: number
  keyOf: (index: number) => string
  /** The element that holds the rows. */
  body: HTMLElement | undefined
}

export class VirtualRows {
  items = $state.raw<readonly VirtualItem[]>([])
  /** Px of all rows. */
  height = $state(0)
  #margin = 0
  readonly #virtualizer: Virtualizer<Window, HTMLElement>

  /** Call it while a component initialises. */
  constructor(options: () => Options) {
    this.#virtualizer = new Virtualizer<Window, HTMLElement>({
      count: 0,
      getScrollElement: () => null,
      estimateSize: () => 40,
      observeElementRect: observeWindowRect,
      observeElementOffset: observeWindowOffset,
      scrollToFn: windowScroll,
    })
    // On a phone rows beyond the window are made in a task of their own; on a wide screen all share the widths of their columns.
    let overscan = $state(innerWidth < 640 ? 0 : 6)
    $effect(() => {
      if (overscan === 0 && this.items.length > 0) return inTurn(() => (overscan = 6))
    })
    $effect(() => {
      const { count, estimate, keyOf, body } = options()
      if (!body) return
      this.#margin = body.getBoundingClientRect().top + window.scrollY
      this.#virtualizer.setOptions({
        ...this.#virtualizer.options,
        count,
        estimateSize: () => estimate,
        getItemKey: keyOf,
        getScrollElement: () => window,
        scrollMargin: this.#margin,
        scrollPaddingStart: headHeight,
        overscan,
        // Not at once, which lays the page out for each row: its height comes with the frame that it is first in.
        measureElement: (element, entry, virtualizer) =>
          Math.round(
            entry?.borderBoxSize[0]?.blockSize ??
              virtualizer.measurementsCache[Number(element.dataset.index)]?.size ??
              estimate,
          ),
        onChange: () => this.#read(),
      })
      this.#virtualizer._willUpdate()
      this.#read()
    })
    $effect(() => this.#virtualizer._didMount())
  }

  /** Px that stand for the rows before the drawn ones. */
  get before(): number {
    return (this.items[0]?.start ?? this.#margin) - this.#margin
  }

  /** Px that stand for the rows after them. */
  get after(): number {
    return Math.max(0, this.height - ((this.items.at(-1)?.end ?? this.#margin) - this.#margin))
  }

  /** Attached to each drawn row, which has its place in `data-index`. */
  measure = (element: HTMLElement): void => this.#virtualizer.measureElement(element)

  /** Scrolls a row into view, where it is not in it. */
  show(index: number): void {
    this.#virtualizer.scrollToIndex(index)
  }

  #read(): void {
    this.items = this.#virtualizer.getVirtualItems()
    this.height = this.#virtualizer.getTotalSize()
  }
}
