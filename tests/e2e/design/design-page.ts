// The page of all components, as the tests look at it: the development server of the console, since a production build has no such
// page, and a browser in which only the look of the components can change a picture.
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { launchBrowser } from '../../support/browser/chromium.ts'
import { repositoryRoot } from '../../support/run/repository.ts'

/** What the samples call now: their dates and times are the same in each picture. */
const NOW = '2026-03-04T09:30:00Z'

// How often the page is opened until it stays, and how long it has to.
const VISITS_MAX = 5
const SETTLED_MS = 1_000

export type Theme = 'light' | 'dark'

export type DesignPage = {
  page: Page
  /** Changes the theme, and waits until all is drawn again. */
  showIn(theme: Theme): Promise<void>
  /** Paths of the modules that the page has loaded, from `console/`. */
  modules: ReadonlySet<string>
  /** An empty page beside it. */
  blank: Page
  close(): Promise<void>
}

/** Opens the page, 1024 px wide. Rejects where the server does not start, with its own words. */
export async function openDesignPage(): Promise<DesignPage> {
  const [{ server, url }, browser] = await Promise.all([startDevelopmentServer(), launchBrowser()])
  const close = async () => {
    await browser.close()
    server.kill()
  }
  try {
    return { ...(await openIn(browser, `${url}design`)), blank: await browser.newPage(), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function openIn(
  browser: Browser,
  url: string,
): Promise<Pick<DesignPage, 'page' | 'showIn' | 'modules'>> {
  const context = await browser.newContext({
    bypassCSP: true,
    colorScheme: 'dark',
    locale: 'en-US',
    reducedMotion: 'reduce',
    timezoneId: 'UTC',
    viewport: { width: 1024, height: 900 },
  })
  const page = await context.newPage()
  const modules = new Set<string>()
  page.on('request', (request) => modules.add(new URL(request.url()).pathname.slice(1)))
  await page.clock.setFixedTime(NOW)
  await page.addInitScript(drawTextAsBars, fontAsDataUrl())
  await openSettled(page, url)
  // Charts and Markdown are drawn when their libraries have come.
  await page.locator('.u-wrap canvas').nth(2).waitFor()
  await page.locator('[data-specimen="text"] strong').waitFor()
  await page.evaluate(() => document.fonts.ready)
  return {
    page,
    modules,
    async showIn(theme) {
      await page.emulateMedia({ colorScheme: theme })
      await page.locator(`:root[data-theme="${theme}"]`).waitFor()
      await drawn(page)
    },
  }
}

/**
 * Opens the page and touches it, which loads what opens over it. The development server finds some of that only now, and has the page
 * loaded again for it; so it is opened until it stays.
 */
async function openSettled(page: Page, url: string): Promise<void> {
  let loads = 0
  page.on('load', () => loads++)
  for (let visit = 0; visit < VISITS_MAX; visit++) {
    await page.goto(url)
    await page.locator('h1').first().waitFor()
    const before = loads
    await page.mouse.move(1, visit + 1)
    await page.waitForLoadState('networkidle')
    await page.waitForTimeout(SETTLED_MS)
    if (loads === before) return
  }
  throw new Error(`The page was loaded again in each of ${VISITS_MAX} visits.`)
}

/** Resolves once what has changed is on the screen. */
export async function drawn(page: Page): Promise<void> {
  await page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  )
}

async function startDevelopmentServer(): Promise<{ server: ChildProcess; url: string }> {
  const room = join(repositoryRoot, 'console')
  const server = spawn(
    process.execPath,
    ['node_modules/vite/bin/vite.js', 'dev', '--host', '127.0.0.1', '--port', '0'],
    { cwd: room, env: { ...process.env, NODE_ENV: 'development', NO_COLOR: '1' } },
  )
  const said: string[] = []
  server.stderr.on('data', (chunk) => said.push(String(chunk)))
  for await (const line of createInterface({ input: server.stdout })) {
    said.push(line)
    const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(line)?.[0]
    if (url === undefined) continue
    // Else the server waits for somebody to read it.
    server.stdout.resume()
    return { server, url }
  }
  throw new Error(`The development server of the console has ended:\n${said.join('\n')}`)
}

function fontAsDataUrl(): string {
  const font = import.meta.resolve('@fontsource/flow-block/files/flow-block-latin-400-normal.woff2')
  return `data:font/woff2;base64,${readFileSync(fileURLToPath(font)).toString('base64')}`
}

/** Runs in the page, before it. Without hinting, which is of the system and would move the edges of the bars. */
function drawTextAsBars(font: string): void {
  const { fillText } = CanvasRenderingContext2D.prototype
  CanvasRenderingContext2D.prototype.fillText = function (this: CanvasRenderingContext2D, ...text) {
    this.textRendering = 'geometricPrecision'
    fillText.apply(this, text)
  }
  addEventListener('DOMContentLoaded', () => {
    const style = document.createElement('style')
    style.textContent = `
      @font-face { font-family: Bars; src: url(${font}) }
      *, ::before, ::after, ::placeholder {
        font-family: Bars !important;
        font-synthesis: none !important;
        text-rendering: geometricPrecision !important;
      }`
    document.head.append(style)
    void document.fonts.load('14px Bars')
  })
}
