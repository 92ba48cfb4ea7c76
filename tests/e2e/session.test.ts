// The console's session in a real browser: it outlasts a reload, is shared by tabs and by GraphiQL, and stays with its origin.
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD } from '../support/api/client.ts'
import { chromiumUnavailableReason, launchBrowser } from '../support/browser/chromium.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'

describe.skipIf(chromiumUnavailableReason)("the console's session", () => {
  let latchkey: TestLatchkey
  let browser: Browser
  let context: BrowserContext
  let page: Page
  // What any other program on the same host gets, once the browser has a reason to call it.
  let elsewhere: Server
  const stolen: IncomingHttpHeaders[] = []

  beforeAll(async () => {
    latchkey = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD } })
    elsewhere = createServer((request, response) => {
      if (request.url === '/') stolen.push(request.headers)
      response.setHeader('content-type', 'text/html').end('<p>another program</p>')
    })
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
    browser = await launchBrowser()
    context = await browser.newContext({ locale: 'en-US' })
    page = await context.newPage()
    await page.goto(`${latchkey.url}/login`)
    await signIn(page)
  })
  afterAll(async () => {
    await browser?.close()
    elsewhere?.close()
    await latchkey?.close()
  })

  async function signIn(at: Page) {
    await at.getByTestId('login-username').fill('admin')
    await at.getByTestId('login-password').fill(PASSWORD)
    await at.getByTestId('login-submit').click()
    await at.waitForURL(`${latchkey.url}/`)
  }

  test('outlasts a reload', async () => {
    await page.reload()
    await page.getByTestId('account-menu').first().waitFor()
    expect(new URL(page.url()).pathname).toBe('/')
  })

  test('is that of every tab, also after another has signed in again', async () => {
    const tab = await context.newPage()
    await tab.goto(`${latchkey.url}/keys`)
    await tab.getByTestId('create-key').first().waitFor()
    await tab.evaluate(() => localStorage.removeItem('latchkey.session'))
    await tab.goto(`${latchkey.url}/login`)
    await signIn(tab)
    await page.goto(`${latchkey.url}/logs`)
    await page.getByTestId('account-menu').first().waitFor()
    expect(new URL(page.url()).pathname).toBe('/logs')
    await tab.close()
  })

  test('is that of GraphiQL; one whose secret is lost begins with signing in, and comes back', async () => {
    const tab = await context.newPage()
    await tab.goto(`${latchkey.url}/graphql`)
    await tab.getByRole('button', { name: /execute query/i }).click()
    await tab.getByText('"totalCount"').first().waitFor()
    await tab.evaluate(() => localStorage.removeItem('latchkey.session'))
    await tab.goto(`${latchkey.url}/graphql`)
    await tab.getByTestId('login-username').fill('admin')
    await tab.getByTestId('login-password').fill(PASSWORD)
    await tab.getByTestId('login-submit').click()
    await tab.waitForURL(`${latchkey.url}/graphql`)
    await tab.getByRole('button', { name: /execute query/i }).waitFor()
    await tab.close()
  })

  test('is of no use to another port of the host, which the browser gives the cookie', async () => {
    const tab = await context.newPage()
    await tab.goto(`http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`)
    expect(await tab.evaluate(() => localStorage.getItem('latchkey.session'))).toBeNull()
    await tab.close()
    const [headers = {}] = stolen
    expect(headers.cookie).toMatch(/latchkey_session=/)
    expect(headers['x-latchkey-session']).toBeUndefined()
    const response = await fetch(`${latchkey.url}/api/api-keys`, {
      headers: { cookie: headers.cookie ?? '' },
    })
    expect(response.status).toBe(401)
  })

  test('ends for every tab with the sign-out of one', async () => {
    const tab = await context.newPage()
    await tab.goto(`${latchkey.url}/keys`)
    await tab.getByTestId('account-menu').first().click()
    await tab.getByTestId('sign-out').click()
    await tab.waitForURL(`${latchkey.url}/login`)
    expect(await tab.evaluate(() => localStorage.getItem('latchkey.session'))).toBeNull()
    await page.goto(`${latchkey.url}/keys`)
    await page.waitForURL(/\/login/)
  })
})
