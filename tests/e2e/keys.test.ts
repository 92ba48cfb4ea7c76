// The list of keys and the form of a new one, in a real browser: what is done there is read back through the SDK.
import { randomBytes } from 'node:crypto'
import { Latchkey } from '@latchkey/sdk'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumUnavailableReason, launchBrowser } from '../support/browser/chromium.ts'
import { type ServerProcess, startServerProcess } from '../support/server/server-process.ts'

const PASSWORD = 'correct horse battery'
const TOKEN = randomBytes(24).toString('base64url')

describe.skipIf(chromiumUnavailableReason)('the screens of keys', () => {
  let server: ServerProcess
  let browser: Browser
  let page: Page
  let sdk: Latchkey

  beforeAll(async () => {
    server = await startServerProcess({ LATCHKEY_ADMIN_PASSWORD: PASSWORD, LATCHKEY_ADMIN_TOKEN: TOKEN })
    sdk = new Latchkey({ url: server.url, adminToken: TOKEN })
    for (const name of ['alpha', 'beta', 'gamma']) await sdk.keys.create({ name, neverExpires: true })
    browser = await launchBrowser()
    page = await (await browser.newContext({ locale: 'en-US' })).newPage()
    await page.goto(`${server.url}/login?to=/keys`)
    await page.getByTestId('login-username').fill('admin')
    await page.getByTestId('login-password').fill(PASSWORD)
    await page.getByTestId('login-submit').click()
    await page.waitForURL(`${server.url}/keys`)
  })
  afterAll(async () => {
    await browser?.close()
    await server?.remove()
  })

  const statusOf = async (name: string) => (await sdk.keys.list({ filter: { name } })).items[0]?.status

  test('changes many keys after a dry run, and undoes it', async () => {
    await page.getByRole('row', { name: /alpha/ }).getByRole('checkbox').check()
    await page.getByRole('row', { name: /gamma/ }).getByRole('checkbox').check()
    await page.getByRole('toolbar').getByTestId('bulk-disable').click()
    await page.getByTestId('bulk-outcome').getByText('2 of 2 will change.').waitFor()
    expect(await statusOf('alpha')).toBe('ACTIVE')
    await page.getByTestId('bulk-run').click()
    await page.getByText('2 keys changed.').waitFor()
    expect([await statusOf('alpha'), await statusOf('beta')]).toEqual(['DISABLED', 'ACTIVE'])
    await page.getByTestId('chip-disabled').click()
    await page.waitForURL(/show=disabled/)
    await page.getByRole('row', { name: /alpha/ }).waitFor()
    await page.getByRole('row', { name: /beta/ }).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect.poll(() => statusOf('gamma')).toBe('ACTIVE')
  })

  test('revokes a key from the palette once its name is typed', async () => {
    await page.keyboard.press('Control+k')
    await page.getByTestId('palette-input').fill('gamma')
    await page.getByRole('option', { name: 'Revoke: gamma' }).click()
    const confirm = page.getByTestId('confirm-revoke')
    await page.getByRole('checkbox', { name: 'Abort in-flight calls' }).check()
    expect(await confirm.isDisabled()).toBe(true)
    await page.getByLabel('Type “gamma” to confirm').fill('gamma')
    await confirm.click()
    await expect.poll(() => statusOf('gamma')).toBe('REVOKED')
  })

  test('makes a key with limits, shows its secret once, and proves it by a call', async () => {
    await page.goto(`${server.url}/keys/new`)
    await page.getByTestId('key-name').fill('checkout')
    await page.getByTestId('key-labels').fill('env=prod')
    await page.getByTestId('key-labels').press('Enter')
    await page.getByTestId('policy-limit').fill('30')
    expect(await page.getByTestId('key-summary').textContent()).toMatch(
      /all models, 30 requests a minute, \$20/,
    )
    await page.getByTestId('create-key-submit').click()
    const secret = (await page.getByTestId('secret').textContent())?.trim() ?? ''
    expect(await page.getByTestId('snippet-curl').textContent()).toContain(secret)
    await page.getByTestId('test-call').click()
    await page.getByTestId('test-ok').waitFor()
    await page.getByRole('tab', { name: 'Codex CLI' }).click()
    expect(await page.getByTestId('recipes').textContent()).toContain(`base_url = "${server.url}/v1"`)
    const key = (await sdk.keys.list({ filter: { name: 'checkout' } })).items[0]
    expect(key).toMatchObject({
      labels: [{ name: 'env', value: 'prod' }],
      policy: { limits: [{ unit: 'REQUESTS', window: 'MINUTE', max: 30 }], budgets: [{ limitUsd: '20' }] },
      usageCount: 1,
    })
  })
  test('makes a key like another from its menu, on a phone, with its labels and limits', async () => {
    await page.getByTestId('secret-saved').click()
    await page.setViewportSize({ width: 390, height: 844 })
    await page.goto(`${server.url}/keys?q=checkout`)
    await page.getByTestId('key-menu').click()
    await page.getByTestId('key-like').click()
    await page.setViewportSize({ width: 1280, height: 720 })
    // What was changed of a rule alone is not lost unasked, either.
    await page.getByTestId('policy-limit').fill('31')
    await page.getByRole('link', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Keep editing' }).click()
    await page.getByTestId('policy-limit').fill('30')
    await page.getByTestId('key-name').fill('second')
    await page.getByTestId('create-key-submit').click()
    await page.getByTestId('secret').waitFor()
    const [first] = (await sdk.keys.list({ filter: { name: 'checkout' } })).items
    const [second] = (await sdk.keys.list({ filter: { name: 'second' } })).items
    expect(second).toMatchObject({ labels: first?.labels, policy: first?.policy, usageCount: 0 })
  })
  test('makes a key that never expires where keys have an expiry by default; its end is beside its secret', async () => {
    await sdk.settings.update({ defaultExpiryDays: 7 })
    await page.getByTestId('secret-saved').click()
    for (const [name, choice, said] of [
      ['for-good', 'never', /until it is revoked\.$/],
      ['for-a-week', '7', /until [A-Z][a-z]{2} \d+, \d{4}\.$/],
    ] as const) {
      await page.goto(`${server.url}/keys/new`)
      await page.getByTestId('key-name').fill(name)
      await page.getByTestId('key-expiry').selectOption(choice)
      await page.getByTestId('create-key-submit').click()
      expect((await page.getByTestId('secret-expiry').textContent())?.trim()).toMatch(said)
      const [key] = (await sdk.keys.list({ filter: { name } })).items
      expect(key?.expiresAt === null).toBe(choice === 'never')
      await page.getByTestId('secret-saved').click()
    }
  })
})
