// What is measured of one screen in a browser: rules of accessibility, scrolling sideways, what moves while it loads, its scripts.
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { axeViolations, WCAG_AA } from '../../support/browser/axe.ts'
import { repositoryRoot } from '../../support/run/repository.ts'
import { atRest } from './open-screen.ts'

/** What axe finds against WCAG 2.2 AA on a screen that has come to rest, as short text. */
export async function screenViolations(page: Page): Promise<string[]> {
  await atRest(page)
  return axeViolations(page, { tags: WCAG_AA })
}

/** 320 px, and a window of 1,280 px at a zoom of 200 % (WCAG 2.2, 1.4.10 and 1.4.4). */
export const NARROW_WIDTHS = [640, 320] as const

/** How many pixels the page is wider than a window of this width; 0: it does not scroll sideways. */
export async function sidewaysAt(page: Page, width: number): Promise<number> {
  await page.setViewportSize({ width, height: 700 })
  await atRest(page)
  return page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - innerWidth))
}

/** The most that a screen may move while it loads; 0.1 is called good: https://web.dev/articles/cls. */
export const LAYOUT_SHIFT_MAX = 0.02

/** How long a response takes at least, so that placeholders are on the screen before what they stand for. */
const LATENCY_MS = 40

/** Watches a page that has opened nothing yet; what it returns adds up the layout shifts of the screen that it has opened since. */
export async function watchShifts(page: Page): Promise<() => Promise<number>> {
  const network = await page.context().newCDPSession(page)
  await network.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: LATENCY_MS,
    downloadThroughput: -1,
    uploadThroughput: -1,
  })
  await page.addInitScript(() => {
    const shifts: number[] = []
    Object.assign(globalThis, { shifts })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if ('value' in entry) shifts.push(Number(entry.value))
    }).observe({ type: 'layout-shift', buffered: true })
  })
  return () =>
    page.evaluate(() => {
      const { shifts } = globalThis as unknown as { shifts: readonly number[] }
      return shifts.reduce((sum, shift) => sum + shift, 0)
    })
}

/** Collects the names of the console's scripts that a page loads from here on. */
export function watchScripts(page: Page): ReadonlySet<string> {
  const scripts = new Set<string>()
  page.on('response', (response) => {
    const { pathname } = new URL(response.url())
    if (pathname.startsWith('/_app/') && pathname.endsWith('.js')) scripts.add(pathname)
  })
  return scripts
}

/** The most that a screen may load beside what all screens share, in bytes of gzip. */
export const ROUTE_MAX_BYTES = 120_000

/** The most that all signed-in screens share, in bytes of gzip. */
export const SHELL_MAX_BYTES = 180_000

export type RouteSizes = {
  /** What every signed-in screen loads. */
  shellBytes: number
  /** By screen: what it loads beside that. */
  routes: Map<string, number>
}

/** Sizes of the scripts that screens have loaded, as gzip. `scripts`: of each signed-in screen. */
export function routeSizes(scripts: ReadonlyMap<string, ReadonlySet<string>>): RouteSizes {
  const [first, ...others] = scripts.values()
  const shell = new Set([...(first ?? [])].filter((name) => others.every((set) => set.has(name))))
  const routes = new Map(
    [...scripts].map(([screen, names]) => [screen, gzipBytes([...names].filter((name) => !shell.has(name)))]),
  )
  return { shellBytes: gzipBytes([...shell]), routes }
}

function gzipBytes(names: readonly string[]): number {
  return names.reduce((sum, name) => sum + sizeOf(join(repositoryRoot, 'console/build', name)), 0)
}

/** The build compresses what is worth it. */
function sizeOf(path: string): number {
  return statSync(existsSync(`${path}.gz`) ? `${path}.gz` : path).size
}
