// The screen of findings in a real browser: what is wrong with a key is found by a chip and mended on the spot, or dismissed.
import { Latchkey } from '@latchkey/sdk'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD } from '../support/api/client.ts'
import { chromiumUnavailableReason, launchBrowser } from '../support/browser/chromium.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'

const DAY_MS = 86_400_000

describe.skipIf(chromiumUnavailableReason)('the screen of findings', () => {
  let latchkey: TestLatchkey
  let sdk: Latchkey
  let browser: Browser
  let page: Page
  const expiresMs = Date.now() + 3 * DAY_MS

  beforeAll(async () => {
    latchkey = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD } })
    sdk = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
    browser = await launchBrowser()
    const context = await browser.newContext({ locale: 'en-US' })
    page = await context.newPage()
    await page.goto(`${latchkey.url}/login`)
    await page.getByTestId('login-username').fill('admin')
    await page.getByTestId('login-password').fill(PASSWORD)
    await page.getByTestId('login-submit').click()
    await page.waitForURL(`${latchkey.url}/`)
  })
  afterAll(async () => {
    await browser?.close()
    await latchkey?.close()
  })

  test('extends a key that expires soon, found by a chip', async () => {
    const { apiKey } = await sdk.keys.create({
      name: 'soon-over',
      expiresAt: new Date(expiresMs).toISOString(),
    })
    await page.goto(`${latchkey.url}/findings`)
    await page.getByRole('link', { name: /^Expires soon/ }).click()
    await page.waitForURL(/code=KEY_EXPIRES_SOON/)
    const row = page.getByTestId('finding-row').filter({ hasText: 'soon-over' })
    await row.getByRole('button', { name: 'Extend by 90 days' }).click()
    await page.getByTestId('mend-confirm').click()
    await page.getByText('No such finding').waitFor()
    const { expiresAt } = await sdk.keys.get(apiKey.id)
    expect(new Date(String(expiresAt)).getTime()).toBe(expiresMs + 90 * DAY_MS)
  })

  test('dismisses a finding with a reason, and shows it again', async () => {
    const { apiKey } = await sdk.keys.create({ name: 'free-for-all' })
    const filter = { targetId: apiKey.id, code: ['KEY_WITHOUT_LIMITS' as const] }
    await page.goto(`${latchkey.url}/findings?code=KEY_WITHOUT_LIMITS`)
    const row = page.getByTestId('finding-row').filter({ hasText: 'free-for-all' })
    const menu = row.getByRole('button', { name: 'Actions for the finding about free-for-all' })
    await menu.click()
    await page.getByRole('menuitem', { name: 'Dismiss…' }).click()
    await page.getByRole('textbox', { name: 'Reason' }).fill('A key of our own tests.')
    await page.getByTestId('dismiss-confirm').click()
    await row.waitFor({ state: 'detached' })
    const { items } = await sdk.findings.list({ filter: { ...filter, dismissed: true } })
    expect(items.map(({ dismissal }) => dismissal?.reason)).toEqual(['A key of our own tests.'])

    await page.getByTestId('tab-dismissed').click()
    await row.getByText('A key of our own tests.').waitFor()
    await menu.click()
    await page.getByRole('menuitem', { name: 'Show again' }).click()
    await row.waitFor({ state: 'detached' })
    expect((await sdk.findings.list({ filter })).items).toHaveLength(1)
  })
})
