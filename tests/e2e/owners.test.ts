// The screens of owners and of alerts in a real browser: each does its main job, and the result is read through the SDK.
import { Latchkey } from '@latchkey/sdk'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD } from '../support/api/client.ts'
import { chromiumUnavailableReason, launchBrowser } from '../support/browser/chromium.ts'
import { signInTo } from '../support/browser/sign-in.ts'
import { rollupRow } from '../support/databases/rollup-row.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'

describe.skipIf(chromiumUnavailableReason)('the screens of owners and alerts', () => {
  let latchkey: TestLatchkey
  let sdk: Latchkey
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    latchkey = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD } })
    sdk = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
    browser = await launchBrowser()
    const context = await browser.newContext({ locale: 'en-US' })
    page = await context.newPage()
    await signInTo(page, latchkey.url)
  })
  afterAll(async () => {
    await browser?.close()
    await latchkey?.close()
  })

  test('creates an owner with a budget, disables it and undoes that', async () => {
    await page.goto(`${latchkey.url}/owners`)
    await page.getByTestId('owner-new').click()
    await page.getByTestId('owner-name').fill('Search team')
    await page.getByTestId('policy-fields').getByRole('button', { name: '$20 a month' }).click()
    await page.getByTestId('owner-save').click()
    await page.waitForURL(/\/owners\/own_\d+$/)
    const id = new URL(page.url()).pathname.split('/').at(-1) ?? ''
    expect((await sdk.owners.get(id)).policy?.budgets.map(({ limitUsd }) => Number(limitUsd))).toEqual([20])

    // Its limits are changed on its page, where a change is shown before it is saved, and what it would have denied.
    await page.getByRole('link', { name: 'Shared limits' }).click()
    await page.getByTestId('policy-budget').fill('5')
    await page.getByRole('button', { name: 'At most 10 calls at once' }).click()
    await page.getByTestId('policy-concurrency').fill('3')
    await page.getByTestId('policy-changes').getByText('At most $5 a month').waitFor()
    await page.getByTestId('back-test').getByText('Your changes on past calls').waitFor()
    await page.getByTestId('save-policy').click()
    await page.getByText('The rules are saved.').waitFor()
    expect((await sdk.owners.get(id)).policy).toMatchObject({
      budgets: [{ limitUsd: '5' }],
      concurrency: { maxCalls: 3 },
    })

    await page.reload()
    await page.getByTestId('owner-switch').click()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('button', { name: 'Disable', exact: true }).waitFor()
    expect((await sdk.owners.get(id)).disabledAt).toBeNull()
  })

  test('lists owners as keys: with counts, their state, and the budget of a day beside the spend of the month', async () => {
    const budgets = [{ window: 'DAY', limitUsd: '4' }] as const
    const { id } = await sdk.owners.create({ name: 'Acme', kind: 'CUSTOMER', policy: { budgets } })
    const value = id.slice('own_'.length)
    const hour = Math.floor(Date.now() / 3_600_000)
    const spent = { value, costNanoUsd: 3_500_000_000n }
    // In the last hour of a day its spend is read by the day.
    await latchkey.app.store.prisma.usageRollup.createMany({
      data: [
        rollupRow({ kind: 'OWNER_HOUR', bucket: hour, ...spent }),
        rollupRow({ kind: 'OWNER_DAY', bucket: Math.floor(hour / 24), ...spent }),
      ],
    })
    await page.goto(`${latchkey.url}/owners`)
    await page.getByTestId('chip-CUSTOMER').filter({ hasText: /1$/ }).waitFor()
    await page.getByTestId('chip-over-80').filter({ hasText: /1$/ }).click()
    const row = page.getByTestId('owner-row').filter({ hasText: 'Acme' })
    await row.getByText('day budget').waitFor()
    await row.getByTestId('owner-state').getByText('Budget over 80%').waitFor()
    await expect.poll(() => page.getByTestId('owner-row').count()).toBe(1)
  })

  test('creates a rule whose kind brings its thresholds', async () => {
    await page.goto(`${latchkey.url}/alerts?tab=rules`)
    await page.getByTestId('rule-new').click()
    await page.getByTestId('rule-name').fill('Many errors')
    await page.getByTestId('rule-kind').selectOption({ label: 'Error rate' })
    await page.getByRole('textbox', { name: 'Percent' }).fill('35')
    await page.getByTestId('rule-save').click()
    await page.getByTestId('rule-row').filter({ hasText: 'Many errors' }).waitFor()
    const { rules } = await sdk.alerts.counts()
    await page.getByTestId('tab-rules').getByText(String(rules), { exact: true }).waitFor()
    // The whole row opens it, as the keyboard does; Back closes it.
    const row = page.getByTestId('rule-row').filter({ hasText: 'Many errors' })
    await row.getByRole('link').press('Enter')
    await expect.poll(() => page.getByTestId('rule-name').inputValue()).toBe('Many errors')
    await page.goBack()
    await page.getByTestId('rule-name').waitFor({ state: 'detached' })
    await row.click()
    await page.getByTestId('rule-name').waitFor()
    await page.keyboard.press('Escape')
    await page.getByTestId('rule-name').waitFor({ state: 'detached' })
    expect(new URL(page.url()).search).toBe('?tab=rules')
    const [rule] = (await sdk.alerts.rules.list()).items
    expect(rule).toMatchObject({ kind: 'ERROR_RATE', percent: 35, windowMinutes: 15, minCalls: 20 })
  })

  test('shows the secret of a new webhook once', async () => {
    await page.goto(`${latchkey.url}/alerts?tab=channels`)
    await page.getByTestId('channel-new').click()
    await page.getByTestId('channel-name').fill('On call')
    await page.getByTestId('channel-url').fill('https://hooks.example.com/on-call')
    await page.getByTestId('channel-save').click()
    expect(await page.getByTestId('channel-secret').textContent()).toMatch(/^whsec_/)
    await page.getByRole('button', { name: 'I have stored it' }).click()
    await page.getByTestId('channel-row').filter({ hasText: 'On call' }).waitFor()
    await expect.poll(() => page.getByTestId('channel-secret').count()).toBe(0)
  })
})
