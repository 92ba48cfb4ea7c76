// Rules that every specimen of the page of all components keeps, whatever it looks like.
import type { Page } from 'playwright-core'

/** More presses of Tab than there are places on the page before the long table. */
const TABS_MAX = 200

/** What has no ring, and no other mark, when Tab leads to it: its place and the beginning of its markup. */
export async function invisibleFocus(page: Page): Promise<string[]> {
  const invisible: string[] = []
  const seen = new Set<string>()
  // Tab begins where the focus was last.
  await page
    .locator('h1')
    .first()
    .evaluate((heading) => {
      heading.tabIndex = -1
      heading.focus()
    })
  for (let tabs = 0; tabs < TABS_MAX; tabs++) {
    await page.keyboard.press('Tab')
    const focus = await page.evaluate(readFocus)
    if (focus === null) continue
    if (seen.size > 0 && focus.place === 'after') break
    seen.add(focus.markup)
    if (!focus.marked) invisible.push(`${focus.place}: ${focus.markup}`)
  }
  if (seen.size < 30) throw new Error(`Tab has led to ${seen.size} places only.`)
  return invisible
}

/** Runs in the page: what has the focus, and whether one can see that. */
function readFocus() {
  const element = document.activeElement
  if (!(element instanceof HTMLElement) || element === document.body) return null
  const specimen = element.closest<HTMLElement>('[data-specimen]')
  const inTable = element.closest('.records') !== null
  if (specimen === null)
    return { place: inTable ? 'after' : 'before', markup: element.outerHTML.slice(0, 120), marked: true }
  // The ring of a row is that of its link's ::after; that of an input among chips is around the field.
  const styles = [
    getComputedStyle(element),
    getComputedStyle(element, '::after'),
    getComputedStyle(element.parentElement ?? element),
  ]
  const marked = styles.some(
    ({ outlineStyle, outlineWidth, outlineColor }) =>
      outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2 && !/[,/] ?0\)$/.test(outlineColor),
  )
  return { place: specimen.dataset.specimen ?? '', markup: element.outerHTML.slice(0, 120), marked }
}

/** Texts that stand outside of their specimen, or have no size; and a page that is wider than its window. */
export async function spilledTexts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    /** Beyond a box around it. What can be scrolled may be longer, and what ends in an ellipsis is as wide as its box. */
    function runsOver({ left, right }: DOMRect, from: Element, specimen: Element): boolean {
      let around: Element | null = from
      while (around !== null) {
        const { display, overflowX, position, textOverflow } = getComputedStyle(around)
        if (overflowX === 'auto' || overflowX === 'scroll') return false
        if (display !== 'inline' && display !== 'contents') {
          const box = around.getBoundingClientRect()
          if (overflowX !== 'visible' && textOverflow === 'ellipsis') {
            left = Math.max(left, box.left)
            right = Math.min(right, box.right)
          } else if (right > box.right + 1 || left < box.left - 1) return true
        }
        if (around === specimen) return false
        // What is placed stands over others on purpose.
        around = position === 'absolute' ? specimen : around.parentElement
      }
      return false
    }
    const spilled: string[] = []
    const wider = document.documentElement.scrollWidth - innerWidth
    if (wider > 0) spilled.push(`the page is ${wider} px too wide`)
    for (const specimen of document.querySelectorAll<HTMLElement>('[data-specimen]')) {
      const place = specimen.getBoundingClientRect()
      if (place.width < 20 || place.height < 20) spilled.push(`${specimen.dataset.specimen} has no size`)
      const texts = document.createTreeWalker(specimen, NodeFilter.SHOW_TEXT)
      while (texts.nextNode()) {
        const text = texts.currentNode
        const parent = text.parentElement
        if (
          !text.textContent?.trim() ||
          !parent?.checkVisibility() ||
          parent.closest('.sr-only, [aria-hidden="true"]')
        )
          continue
        const range = document.createRange()
        range.selectNodeContents(text)
        const box = range.getBoundingClientRect()
        if (runsOver(box, parent, specimen))
          spilled.push(`${specimen.dataset.specimen}: ${text.textContent.trim()}`)
      }
    }
    return spilled
  })
}
