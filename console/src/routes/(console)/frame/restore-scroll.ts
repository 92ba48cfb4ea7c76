import { afterNavigate, beforeNavigate } from '$app/navigation'

const LOADING_MAX_MS = 5_000
const interruptions = ['wheel', 'touchstart', 'pointerdown', 'keydown'] as const

/**
 * Has Back and Forward lead to where a page was scrolled. SvelteKit scrolls as soon as the page is there, which is before what makes it
 * long has loaded; here it is scrolled again while it grows, until it is there, until the reader does something, or for five seconds.
 * Call it while the layout initialises.
 */
export function restoreScroll(): void {
  const positions = new Map<string, number>()
  let stop: (() => void) | null = null

  beforeNavigate(({ from }) => {
    stop?.()
    if (from) positions.set(from.url.href, scrollY)
  })
  afterNavigate(({ type, to }) => {
    const top = to && type === 'popstate' ? positions.get(to.url.href) : undefined
    if (top !== undefined && top > 0) stop = scrollWhenLongEnough(top)
  })
}

/** Returns what ends it. */
function scrollWhenLongEnough(top: number): () => void {
  const growth = new ResizeObserver(() => {
    if (document.documentElement.scrollHeight < top + innerHeight) return
    scrollTo({ top })
    end()
  })
  const timer = setTimeout(end, LOADING_MAX_MS)
  function end() {
    growth.disconnect()
    clearTimeout(timer)
    for (const event of interruptions) removeEventListener(event, end)
  }
  for (const event of interruptions) addEventListener(event, end, { passive: true })
  growth.observe(document.body)
  return end
}
