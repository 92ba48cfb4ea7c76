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
    /** Beyond what hides it without a sign of that, or beyond the specimen. What can be scrolled may be longer. */
    function runsOver(box: DOMRect, from: Element, specimen: Element): boolean {
      for (let around = from; around !== specimen; around = around.parentElement ?? specimen) {
        const { overflowX, textOverflow } = getComputedStyle(around)
        if (overflowX === 'auto' || overflowX === 'scroll') return false
        if (overflowX !== 'visible') return textOverflow !== 'ellipsis' && isBeyond(box, around)
      }
      return isBeyond(box, specimen)
    }
    function isBeyond(box: DOMRect, around: Element): boolean {
      const place = around.getBoundingClientRect()
      return box.right > place.right + 1 || box.left < place.left - 1
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
