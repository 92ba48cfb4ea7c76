// What holds on every screen of the console: its palette, the end of a session, and a server that cannot be reached.
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD } from '../support/api/client.ts'
import { chromiumUnavailableReason, launchBrowser } from '../support/browser/chromium.ts'
import { signInTo } from '../support/browser/sign-in.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'

describe.skipIf(chromiumUnavailableReason)('the frame of the console', () => {
  let latchkey: TestLatchkey
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let secret = ''

  beforeAll(async () => {
    latchkey = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD } })
    secret = (await latchkey.createKey({ name: 'leaked' })).secret
    browser = await launchBrowser()
    context = await browser.newContext({ locale: 'en-US' })
    page = await context.newPage()
    await signInTo(page, latchkey.url)
    await page.getByTestId('account-menu').first().waitFor()
  })
  afterAll(async () => {
    await browser?.close()
    await latchkey?.close()
  })

  test('asks the server for a screen once, and shows programs what it asked', async () => {
    const sent: string[] = []
    // The overview, which asks for keys too, is over by then.
    await page.goto('about:blank')
    page.on('request', (request) => {
      if (request.method() === 'POST') sent.push(request.postDataJSON()?.operationName)
    })
    await page.goto(`${latchkey.url}/keys`)
    await page.getByText('leaked').first().waitFor()
    await page.getByTestId('api-button').click()
    await page.getByRole('dialog').getByLabel('Query').selectOption('ListApiKeys')
    await page.getByRole('dialog').getByText('query ListApiKeys').first().waitFor()
    await page.keyboard.press('Escape')
    expect(sent.filter((name) => name === 'ListApiKeys')).toHaveLength(1)
  })

  test('shows programs what About asked of the ledger, which the frame asks on other screens', async () => {
    await page.goto(`${latchkey.url}/about`)
    await page.getByTestId('api-button').click()
    const programs = page.getByRole('dialog')
    await programs.getByLabel('Query').selectOption('GetLedgerHealth')
    await programs.getByRole('tab', { name: 'SDK' }).click()
    await programs.getByText('latchkey.ledger.health()').waitFor()
    await page.keyboard.press('Escape')
  })

  test.for([
    ['keys/key_999', 'API keys'],
    ['owners/own_999', 'Owners'],
    ['labels/lim_999', 'Labels'],
    ['models/mdl_999', 'Models'],
    ['upstreams/ups_999', 'Upstreams'],
    ['keys/no-id', 'API keys'],
  ])('says that there is no %s, and leads to the list', async ([path = '', list = '']) => {
    await page.goto(`${latchkey.url}/${path}`)
    const missing = page.getByRole('alert')
    await missing.getByText(`There is nothing with the id ${path.split('/')[1]}`).waitFor()
    await missing.getByRole('link', { name: `To the list: ${list}` }).click()
    await page.waitForURL(`${latchkey.url}/${path.split('/')[0]}`)
  })

  test.for([
    ['tab=nowhere', 'alerts?tab=nowhere&show=nobody'],
    ['sort=size', 'owners?sort=size'],
    ['view=cube', 'logs?view=cube'],
    ['only the first 200 characters', `logs?q=${'x'.repeat(201)}`],
  ])('says of an address what means nothing: %s', async ([said = '', path = '']) => {
    await page.goto(`${latchkey.url}/${path}`)
    await page.getByTestId('bad-params').first().getByText(said).waitFor()
  })

  test('has the look of the shell before any script has run', async () => {
    const looks = (selector: string) =>
      page.locator(selector).evaluate((side) => {
        const { x, y, width } = side.getBoundingClientRect()
        const { borderRightColor } = getComputedStyle(side)
        return {
          x,
          y,
          width,
          borderRightColor,
          canvas: getComputedStyle(document.documentElement).background,
        }
      })
    for (const theme of ['light', 'dark']) {
      await page.evaluate((chosen) => localStorage.setItem('latchkey.theme', chosen), theme)
      await page.route('**/_app/immutable/**/*.js', (route) => route.abort())
      await page.goto(`${latchkey.url}/keys`)
      await page.locator('#first-frame').getByText('Latchkey').first().waitFor()
      const before = await looks('#first-frame [data-part=side]')
      await page.unroute('**/_app/immutable/**/*.js')
      await page.goto(`${latchkey.url}/keys`)
      await page.locator('#first-frame').waitFor({ state: 'detached' })
      expect(await looks('aside')).toEqual(before)
    }
    await page.evaluate(() => localStorage.removeItem('latchkey.theme'))
  })

  test('goes back to where a page was scrolled, though it is long only once it has loaded', async () => {
    await page.goto(`${latchkey.url}/settings`)
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollHeight)).toBeGreaterThan(1_600)
    await page.evaluate(() => scrollTo(0, 700))
    await page.getByRole('link', { name: 'Owners', exact: true }).click()
    await page.waitForURL(`${latchkey.url}/owners`)
    await page.goBack()
    await expect.poll(() => page.evaluate(() => scrollY)).toBe(700)
  })

  test('finds a pasted secret without it in the address, and stops its key from there', async () => {
    await page.keyboard.press('Control+k')
    await page.getByTestId('palette-input').fill(secret)
    await page.getByRole('option', { name: 'Disable: leaked' }).click()
    await page.getByText('“leaked” is disabled.').waitFor()
    expect(page.url()).not.toContain(secret)
    await page.getByRole('button', { name: 'Undo' }).click()
  })

  test('leads to a setting by its name in either language, and to a variable of the environment', async () => {
    await page.keyboard.press('Control+k')
    await page.getByTestId('palette-input').fill('会话空闲')
    await page.getByRole('option', { name: 'Idle sessions end after (minutes), Settings' }).click()
    const idle = page.getByLabel('Idle sessions end after (minutes)')
    await expect.poll(() => idle.evaluate((field) => field === document.activeElement)).toBe(true)
    await page.keyboard.press('Control+k')
    await page.getByTestId('palette-input').fill('log retention days')
    await page.getByRole('option', { name: 'LATCHKEY_LOG_RETENTION_DAYS, Settings' }).click()
    const variable = page.locator('#setting-LATCHKEY_LOG_RETENTION_DAYS')
    await expect.poll(() => variable.evaluate((row) => row === document.activeElement)).toBe(true)
  })

  test('keeps what is typed when the session ends, and goes on after signing in', async () => {
    await page.goto(`${latchkey.url}/keys/new`)
    // What the server says of a field goes when the field is changed.
    await page.getByTestId('key-name').fill('   ')
    await page.getByTestId('create-key-submit').click()
    await page.locator('[data-testid=key-name][aria-invalid]').waitFor()
    await page.getByTestId('key-name').fill('typed before')
    await page.locator('[data-testid=key-name][aria-invalid]').waitFor({ state: 'detached' })
    await context.clearCookies()
    await page.getByTestId('create-key-submit').click()
    await page.getByTestId('login-password').fill(PASSWORD)
    await page.getByTestId('login-submit').click()
    await page.getByTestId('login-submit').waitFor({ state: 'detached' })
    expect(await page.getByTestId('key-name').inputValue()).toBe('typed before')
    await page.getByTestId('create-key-submit').click()
    await page.getByTestId('secret').waitFor()
    await page.getByTestId('secret-saved').click()
  })

  test('says that a part of a screen could not be loaded, and loads it with the page', async () => {
    await page.goto(`${latchkey.url}/keys`)
    await page.getByRole('link', { name: 'leaked' }).click()
    await page.getByRole('link', { name: 'Limits' }).waitFor()
    await page.route('**/_app/immutable/**', (route) => route.abort())
    await page.getByRole('link', { name: 'Limits' }).click()
    const failed = page.getByRole('alert').filter({ hasText: 'or a newer version of the console is there' })
    await failed.waitFor()
    await page.getByTestId('part-notice').waitFor()
    await page.unroute('**/_app/immutable/**')
    await failed.getByRole('button', { name: 'Try again' }).click()
    await page.getByTestId('part-notice').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: '60 requests a minute' }).waitFor()
  })

  test('says that the server cannot be reached, until it can', async () => {
    await page.goto(`${latchkey.url}/keys`)
    await page.getByText('leaked').first().waitFor()
    await context.setOffline(true)
    await page.getByTestId('connection-notice').waitFor()
    await context.setOffline(false)
    await page.getByTestId('connection-notice').waitFor({ state: 'detached' })
    expect(await page.getByText('leaked').first().isVisible()).toBe(true)
  })
})
