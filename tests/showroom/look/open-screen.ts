// A screen in a browser: signed in once, and looked at when it has come to rest.
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { animationsEnded } from '../../support/browser/axe.ts'
import { signInTo } from '../../support/browser/sign-in.ts'
import type { ServedShowroom } from '../served-showroom.ts'
import { contextOf, type Look } from './looks.ts'
import type { Screen } from './screens.ts'

type SignedIn = Awaited<ReturnType<BrowserContext['storageState']>>

/** Signs in as a person does, and returns what the browser keeps of it. */
export async function signInOnce(browser: Browser, { url, facts }: Pick<ServedShowroom, 'url' | 'facts'>) {
  const context = await browser.newContext({ locale: 'en-US' })
  const page = await context.newPage()
  await signIn(page, url, facts)
  const state = await context.storageState()
  await context.close()
  return state
}

/** Signs in as the admin of the showroom, and waits for the overview. */
export function signIn(page: Page, url: string, { username, password }: ServedShowroom['facts']) {
  return signInTo(page, url, { username, password })
}

/** What went wrong while a page was looked at: messages on its console, and errors that nothing caught. */
type Complaints = string[]

/** A page with this look, signed in where `state` is given; close its context when done. */
export async function newPage(browser: Browser, look: Look, state: SignedIn | null) {
  const context = await browser.newContext({
    ...contextOf(look),
    ...(state !== null && { storageState: state }),
  })
  const page = await context.newPage()
  const complaints: Complaints = []
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  return { page, context, complaints }
}

/** Opens a screen and waits until it has come to rest. */
export async function openScreen(page: Page, url: string, screen: Pick<Screen, 'path'>): Promise<void> {
  const quiet = quietNetwork(page)
  await page.goto(url + screen.path, { waitUntil: 'load' })
  // Before its heading stands, a screen has asked for nothing yet, and the network is quiet.
  await page.locator('h1').first().waitFor()
  await quiet()
  await atRest(page)
}

/** Nothing on the page is loading, fading or without its fonts. */
export async function atRest(page: Page): Promise<void> {
  await page.waitForFunction(() => document.querySelector('[aria-busy="true"]') === null, null, {
    timeout: 20_000,
  })
  await page.evaluate(() => document.fonts.ready.then(() => null))
  await animationsEnded(page)
}

const QUIET_MS = 250
const QUIET_MAX_MS = 10_000

/** Watches the requests of a page but for live ones, which have no end. Resolves once there have been none for a moment. */
function quietNetwork(page: Page): () => Promise<void> {
  const open = new Set<object>()
  let lastMs = Date.now()
  page.on('request', (request) => {
    if (request.headers().accept?.includes('event-stream') === true) return
    open.add(request)
    lastMs = Date.now()
  })
  const ended = (request: object) => {
    open.delete(request)
    lastMs = Date.now()
  }
  page.on('requestfinished', ended)
  page.on('requestfailed', ended)
  return async () => {
    const untilMs = Date.now() + QUIET_MAX_MS
    while (Date.now() < untilMs && (open.size > 0 || Date.now() - lastMs < QUIET_MS))
      await page.waitForTimeout(50)
  }
}
