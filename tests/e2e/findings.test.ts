// The screen of findings in a real browser: what is wrong with a key is found by a chip and mended on the spot, or dismissed.
import { Latchkey } from '@latchkey/sdk'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD } from '../support/api/client.ts'
import { chromiumUnavailableReason, launchBrowser } from '../support/browser/chromium.ts'
import { signInTo } from '../support/browser/sign-in.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'

const DAY_MS = 86_400_000

describe.skipIf(chromiumUnavailableReason)('the screen of findings', () => {
  let latchkey: TestLatchkey
  let sdk: Latchkey
  let browser: Browser
  let page: Page
  const expiresMs = Date.now() + 3 * DAY_MS
  const crowd = 7

  beforeAll(async () => {
    latchkey = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD } })
    sdk = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
    // Before the first screen is shown: findings are some seconds old.
    for (let at = 0; at < crowd; at++) await sdk.keys.create({ name: `crowd-${at}`, neverExpires: true })
    browser = await launchBrowser()
    const context = await browser.newContext({ locale: 'en-US' })
    page = await context.newPage()
    await signInTo(page, latchkey.url)
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

  test('shows programs the query of each kind', async () => {
    await page.goto(`${latchkey.url}/findings`)
    await page.getByTestId('finding-row').first().waitFor()
    await page.getByTestId('api-button').click()
    const query = page.getByRole('dialog').getByLabel('Query')
    const kinds = (await sdk.findings.counts()).filter(({ count }) => count > 0).length
    await expect
      .poll(async () =>
        (await query.locator('option').allTextContents()).filter((text) => /^ListF/.test(text)),
      )
      .toHaveLength(kinds)
    await page.keyboard.press('Escape')
  })

  test('dismisses a finding with a reason, and shows it again', async () => {
    const { apiKey } = await sdk.keys.create({ name: 'free-for-all' })
    const filter = { targetId: apiKey.id, code: ['KEY_WITHOUT_LIMITS' as const] }
    await page.goto(`${latchkey.url}/findings?code=KEY_WITHOUT_LIMITS&open=KEY_WITHOUT_LIMITS`)
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

  test('shows findings of a kind together, and dismisses or selects all of them', async () => {
    const filter = { code: ['KEY_WITHOUT_LIMITS' as const] }
    await page.goto(`${latchkey.url}/findings?code=KEY_WITHOUT_LIMITS`)
    const { totalCount: count = 0 } = await sdk.findings.list({ filter })
    expect(count).toBeGreaterThanOrEqual(crowd)
    const kind = page.getByRole('region', { name: 'No limits' })
    const rows = kind.getByTestId('finding-row')
    await rows.nth(4).waitFor()
    expect(await rows.count()).toBe(5)
    await kind.getByRole('link', { name: `Show all ${count}` }).click()
    await rows.nth(count - 1).waitFor()
    expect(new URL(page.url()).searchParams.get('open')).toBe('KEY_WITHOUT_LIMITS')

    await kind.getByRole('link', { name: 'Change these keys' }).click()
    await page.getByRole('toolbar').getByText(`${count} selected`).waitFor()
    await page.waitForURL(({ search }) => search === '?finding=KEY_WITHOUT_LIMITS')
    await page.goBack()

    await kind.getByRole('button', { name: 'Actions for all findings “No limits”' }).click()
    await page.getByRole('menuitem', { name: `Dismiss all ${count}…` }).click()
    await page.getByRole('textbox', { name: 'Reason' }).fill('All of them are for tests.')
    await page.getByTestId('dismiss-confirm').click()
    await kind.waitFor({ state: 'detached' })
    const { items } = await sdk.findings.list({ filter: { ...filter, dismissed: true }, first: 100 })
    expect(items.map(({ dismissal }) => dismissal?.reason)).toEqual(
      items.map(() => 'All of them are for tests.'),
    )
    await page.getByRole('button', { name: 'Undo' }).click()
    await kind.waitFor()
    expect((await sdk.findings.list({ filter })).totalCount).toBe(count)
  })
})
