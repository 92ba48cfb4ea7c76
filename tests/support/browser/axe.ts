// What axe finds on a page, judged only by what stays: a toast that fades has contrasts of its own for a moment.
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'

/** The rules of WCAG 2.2 AA, without axe's own best practices. */
export const WCAG_AA = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

export type AxeScope = {
  /** A CSS selector; the rest of the page is not looked at. Default: the whole page. */
  within?: string
  /** Tags of axe's rules, such as {@link WCAG_AA}. Default: every rule that axe runs by itself. */
  tags?: string[]
  /** Names of axe's rules, such as `color-contrast`, in place of tags. */
  rules?: string[]
}

/**
 * What axe finds, as short text: the rule and the element that breaks it. Whatever fades or moves comes to its end
 * first, and a fault is reported only when it is still there a second later.
 *
 * @throws axe's own errors, such as for a selector that matches nothing.
 */
export async function axeViolations(page: Page, scope: AxeScope = {}): Promise<string[]> {
  await animationsEnded(page)
  const first = await analyzed(page, scope)
  if (first.length === 0) return first
  await page.waitForTimeout(FADE_MAX_MS)
  await animationsEnded(page)
  const second = await analyzed(page, scope)
  return first.filter((violation) => second.includes(violation))
}

/** Longer than any transition of the console or of its toasts (svelte-sonner's last 400 ms). */
const FADE_MAX_MS = 1000

async function analyzed(page: Page, { within, tags, rules }: AxeScope): Promise<string[]> {
  const axe = new AxeBuilder({ page })
  if (within !== undefined) axe.include(within)
  if (tags !== undefined) axe.withTags(tags)
  if (rules !== undefined) axe.withRules(rules)
  const { violations } = await axe.analyze()
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`))
}

/** Resolves when every animation and transition with an end has reached it. */
export async function animationsEnded(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const finite = document
      .getAnimations()
      .filter((one) => one.effect?.getComputedTiming().endTime !== Infinity)
    await Promise.all(finite.map((animation) => animation.finished.catch(() => null)))
  })
}
