// Saved views in real browsers: one admin saves and shares a filter, another sees it and opens it, and each keeps his own.
import type { Latchkey, ViewScreen } from '@latchkey/sdk'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD, signIn } from '../support/api/client.ts'
import { signedInAs } from '../support/api/people.ts'
import { signedInSdk } from '../support/api/signed-in-sdk.ts'
import { axeViolations } from '../support/browser/axe.ts'
import { chromiumUnavailableReason, launchBrowser } from '../support/browser/chromium.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'

describe.skipIf(chromiumUnavailableReason)('saved views', () => {
  let latchkey: TestLatchkey
  let browser: Browser
  let page: Page
  let sdk: Latchkey

  beforeAll(async () => {
    latchkey = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD } })
    await signedInAs(latchkey, 'VIEWER', 'vera')
    sdk = signedInSdk(latchkey.url, await signIn(latchkey))
    browser = await launchBrowser()
    page = await pageOf('admin')
  })
  afterAll(async () => {
    await browser?.close()
    await latchkey?.close()
  })

  async function pageOf(username: string): Promise<Page> {
    const opened = await (await browser.newContext({ locale: 'en-US' })).newPage()
    await opened.goto(`${latchkey.url}/login?to=/logs`)
    await opened.getByTestId('login-username').fill(username)
    await opened.getByTestId('login-password').fill(PASSWORD)
    await opened.getByTestId('login-submit').click()
    await opened.getByTestId('saved-views').waitFor()
    return opened
  }

  const views = async (screen: ViewScreen = 'LOGS') =>
    (await sdk.savedViews.list({ screen })).items.map(({ name, query, shared }) => ({ name, query, shared }))

  async function choose(view: string, verb: string) {
    await page.getByRole('button', { name: `Actions of the view ${view}` }).click()
    await page.getByRole('menuitem', { name: verb, exact: true }).click()
  }

  test('what one admin saves and shares, another opens', async () => {
    await page.goto(`${latchkey.url}/logs?outcome=denied&range=7d&peek=`)
    await page.getByTestId('saved-views').click()
    await page.getByTestId('view-name').fill('Denied calls')
    await page.getByRole('checkbox', { name: 'Share with others' }).check()
    await page.getByTestId('view-save').click()
    const saved = page.getByRole('link', { name: /Denied calls.*shared/ })
    await saved.waitFor()
    expect(await saved.getAttribute('aria-current')).toBe('true')
    expect(await views()).toEqual([{ name: 'Denied calls', query: 'outcome=denied&range=7d', shared: true }])
    expect(await axeViolations(page, { within: '[data-popover-content]' })).toEqual([])

    const other = await pageOf('vera')
    // By keyboard alone.
    await other.keyboard.press('v')
    const link = other.getByRole('link', { name: /Denied calls.*by admin/ })
    await link.focus()
    await other.keyboard.press('Enter')
    await other.waitForURL(`${latchkey.url}/logs?outcome=denied&range=7d`)
    expect(await other.getByTestId('saved-views').textContent()).toContain('Denied calls')
    await other.getByTestId('saved-views').click()
    expect(await other.getByRole('button', { name: /^Actions of the view/ }).count()).toBe(0)
    await other.context().close()
  })

  test('a view is renamed, replaced, shared no more, and deleted with an undo', async () => {
    await choose('Denied calls', 'Rename')
    const field = page.getByLabel('New name of Denied calls')
    await expect.poll(() => field.evaluate((input) => input === document.activeElement)).toBe(true)
    await page.keyboard.type('Failed calls')
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: /Failed calls/ }).waitFor()
    await choose('Failed calls', 'Stop sharing')
    await expect.poll(() => views()).toMatchObject([{ name: 'Failed calls', shared: false }])
    await page.goto(`${latchkey.url}/logs?outcome=error`)
    await page.getByTestId('saved-views').click()
    await choose('Failed calls', 'Replace with what is shown')
    await page
      .getByRole('link', { name: 'Failed calls', exact: true })
      .and(page.locator('[aria-current]'))
      .waitFor()
    await choose('Failed calls', 'Delete')
    await expect.poll(() => views()).toEqual([])
    await page
      .getByRole('listitem')
      .filter({ hasText: 'is deleted' })
      .getByRole('button', { name: 'Undo' })
      .click()
    await expect
      .poll(() => views())
      .toEqual([{ name: 'Failed calls', query: 'outcome=error', shared: false }])
  })

  test('what the browser kept before is moved to the account when it is asked for', async () => {
    await page.evaluate(() => {
      const kept = [
        { name: 'Failing', search: '?show=failing&sort=-spend' },
        { name: 'Of another time', search: '?colour=green' },
      ]
      localStorage.setItem('latchkey.views.keys', JSON.stringify(kept))
    })
    await page.goto(`${latchkey.url}/keys`)
    await page.getByTestId('saved-views').click()
    await page.getByTestId('views-move').click()
    await page.getByText('Not moved: Of another time.').waitFor()
    expect(await views('KEYS')).toEqual([
      { name: 'Failing', query: 'show=failing&sort=-spend', shared: false },
    ])
    await page.getByRole('button', { name: 'Remove from this browser' }).click()
    await expect.poll(() => page.evaluate(() => localStorage.getItem('latchkey.views.keys'))).toBeNull()
    await page.getByRole('link', { name: 'Failing', exact: true }).click()
    await page.waitForURL(`${latchkey.url}/keys?show=failing&sort=-spend`)
  })

  test('the filters that screens link to can be saved', async () => {
    for (const [path, screen] of [
      ['/owners?q=team&show=over-80&sort=-spend', 'OWNERS'],
      ['/usage?by=owner&within=model&order=change&view=sum&range=7d', 'USAGE'],
      ['/logs?key=key_1&error=timeout&cost=%3E1&label=a%3Db&q=x&view=errors&from=a&to=b', 'LOGS'],
    ] as const) {
      await page.goto(latchkey.url + path)
      await page.getByTestId('saved-views').click()
      await page.getByTestId('view-name').fill(`of ${screen}`)
      await page.getByTestId('view-save').click()
      await expect.poll(() => views(screen)).toContainEqual(expect.objectContaining({ name: `of ${screen}` }))
    }
  })
})
