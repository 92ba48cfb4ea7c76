// A route that is dragged by its handle, with mouse, pen or finger. The keyboard has buttons for it.
import { type Place, placeAt } from './bands.ts'

/** This near the edge of what scrolls, it scrolls. */
const scrollEdgePx = 56
const scrollStepPx = 10

/**
 * Follows one pointer from handle to drop. The bands are the elements with `data-band` of a list, from top to bottom; Escape, and a pointer
 * that the system takes back, drop nothing.
 */
export class RouteDrag<R> {
  dragged = $state.raw<R | null>(null)
  /** Where it would be dropped. */
  place = $state.raw<Place | null>(null)
  /** How far the dragged route is from its place, in pixels. */
  offset = $state(0)
  #list: HTMLElement | undefined
  readonly #drop: (route: R, place: Place) => void

  constructor(drop: (route: R, place: Place) => void) {
    this.#drop = drop
  }

  /** An attachment for the element that holds the bands. */
  readonly list = (element: HTMLElement) => {
    this.#list = element
  }

  /** An attachment for the handle of a route; `undefined`: it cannot be dragged now. */
  readonly handle = (route: R | undefined) => (element: HTMLElement) => {
    if (route === undefined) return
    const start = (event: PointerEvent) => {
      if (event.button !== 0 || !event.isPrimary || this.dragged !== null) return
      event.preventDefault()
      element.setPointerCapture(event.pointerId)
      this.#follow(route, event.clientY, element)
    }
    element.addEventListener('pointerdown', start)
    return () => element.removeEventListener('pointerdown', start)
  }

  #follow(route: R, startY: number, element: HTMLElement) {
    const ending = new AbortController()
    const { signal } = ending
    const start = startY - this.#top()
    let y = startY
    const show = () => {
      this.offset = y - this.#top() - start
      this.place = placeAt(this.#bands(), y)
    }
    const end = (dropped: boolean) => {
      const place = this.place
      ending.abort()
      this.dragged = this.place = null
      this.offset = 0
      if (dropped && place) this.#drop(route, place)
    }
    const move = (event: PointerEvent) => {
      y = event.clientY
      show()
    }
    const scroller = scrollerOf(element)
    const scroll = () => {
      if (signal.aborted) return
      if (scrollAt(scroller, y)) show()
      requestAnimationFrame(scroll)
    }
    const cancel = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return
      // The form around it stays open.
      event.preventDefault()
      event.stopPropagation()
      end(false)
    }
    this.dragged = route
    element.addEventListener('pointermove', move, { signal })
    element.addEventListener('pointerup', () => end(true), { signal })
    element.addEventListener('lostpointercapture', () => end(false), { signal })
    window.addEventListener('keydown', cancel, { signal, capture: true })
    requestAnimationFrame(scroll)
  }

  #top(): number {
    return this.#list?.getBoundingClientRect().top ?? 0
  }

  #bands() {
    const bands = this.#list?.querySelectorAll('[data-band]') ?? []
    return [...bands].map((band) => band.getBoundingClientRect())
  }
}

function scrollerOf(element: Element): Element {
  for (let each = element.parentElement; each; each = each.parentElement) {
    if (/auto|scroll/.test(getComputedStyle(each).overflowY)) return each
  }
  return document.documentElement
}

/** Scrolls where the pointer is at an edge of what is seen; true where it did. */
function scrollAt(scroller: Element, y: number): boolean {
  const root = scroller === document.documentElement
  const { top, bottom } = root ? { top: 0, bottom: innerHeight } : scroller.getBoundingClientRect()
  const step = y < top + scrollEdgePx ? -scrollStepPx : y > bottom - scrollEdgePx ? scrollStepPx : 0
  const before = scroller.scrollTop
  if (step !== 0) scroller.scrollTop += step
  return scroller.scrollTop !== before
}
