// The page of one key in a real browser: it is paused with an undo, limited with a back-test, rotated, explained and its history read.

import { Latchkey } from '@latchkey/sdk'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD } from '../support/api/client.ts'
import { axeViolations } from '../support/browser/axe.ts'
import { chromiumUnavailableReason, launchBrowser } from '../support/browser/chromium.ts'
import { signInTo } from '../support/browser/sign-in.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'

describe.skipIf(chromiumUnavailableReason)('the page of a key', () => {
  let server: TestLatchkey
  let latchkey: Latchkey
  let browser: Browser
  let page: Page
  let id: string
  let firstSecret: string

  beforeAll(async () => {
    server = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD } })
    latchkey = new Latchkey({ url: server.url, adminToken: server.adminToken })
    const created = await latchkey.keys.create({ name: 'checkout' })
    id = created.apiKey.id
    firstSecret = created.secret
    browser = await launchBrowser()
    page = await (await browser.newContext({ locale: 'en-US' })).newPage()
    await signInTo(page, server.url)
    await page.goto(`${server.url}/keys/${id}`)
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  const open = (name: string) => page.getByRole('link', { name, exact: true }).click()
  async function accessible() {
    expect(await axeViolations(page)).toEqual([])
  }

  test('pauses the key with one press, and undoes it with another', async () => {
    await page.getByRole('button', { name: 'Disable', exact: true }).click()
    await page.getByTestId('key-status').filter({ hasText: 'Disabled' }).waitFor()
    expect((await latchkey.keys.get(id)).status).toBe('DISABLED')
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByTestId('key-status').filter({ hasText: 'Active' }).waitFor()
    expect((await latchkey.keys.get(id)).status).toBe('ACTIVE')
    // The logs have another range of their own: a figure leads to the calls that it counts.
    const calls = page
      .getByRole('main')
      .getByRole('link', { name: /^Calls/ })
      .first()
    // By whole hours, as it is counted.
    expect(await calls.getAttribute('href')).toMatch(/tab=logs&from=[^&]+T\d\d%3A00%3A00/)
  })

  test('renames it in place', async () => {
    await page.getByRole('button', { name: 'Rename' }).click()
    await page.getByRole('textbox', { name: 'Name' }).fill('checkout eu')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'checkout eu' }).waitFor()
    expect((await latchkey.keys.get(id)).name).toBe('checkout eu')
  })

  test('says what saving would change, watches it first, and then enforces it', async () => {
    await open('Limits')
    await page.getByRole('button', { name: '60 requests a minute' }).click()
    await page.getByTestId('policy-changes').getByText('At most 60 requests a minute').waitFor()
    await accessible()
    await page.getByTestId('watch-first').click()
    await page.getByTestId('enforce-watched').waitFor()
    expect((await latchkey.keys.get(id)).policy?.limits).toMatchObject([{ max: 60, mode: 'SHADOW' }])
    await page.getByTestId('enforce-watched').click()
    await page.getByTestId('save-policy').click()
    await page.getByText('Change a rule to see here').waitFor()
    expect((await latchkey.keys.get(id)).policy?.limits).toMatchObject([{ max: 60, mode: 'ENFORCE' }])
    await page.getByTestId('key-gauges').getByText('0 of 60').waitFor()
  })

  test('rotates the secret, says who sends the former one, and stops it', async () => {
    await open('Secret')
    await page.getByTestId('rotate-key').click()
    const secret = await page.getByTestId('secret').textContent()
    expect(secret).toMatch(/^sk-/)
    // The recipes are filled with the new secret, and without it once it was left.
    await page
      .getByTestId('recipes')
      .getByText(secret ?? '')
      .waitFor()
    const former = page.getByTestId('former-secret')
    await former.getByText('No call with it since the rotation').waitFor()
    await accessible()
    await page.getByTestId('secret-saved').click()
    await page.getByRole('button', { name: 'Leave without it' }).click()
    await open('Set up')
    await page.getByTestId('recipes').getByText('$OPENAI_API_KEY').waitFor()
    await accessible()
    await open('Secret')
    // A client that did not take the new one over.
    await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${firstSecret}`,
        'content-type': 'application/json',
        'user-agent': 'shop/1.2',
      },
      body: JSON.stringify({ model: 'echo', messages: [{ role: 'user', content: 'former' }] }),
    })
    await former.getByText('by shop/1.2. Calls since the rotation: 1.').waitFor()
    await page.getByTestId('stop-former').click()
    await page.getByTestId('confirm-stop-former').click()
    await former.waitFor({ state: 'detached' })
    const { formerSecretExpiresAt } = await latchkey.keys.get(id)
    expect(Date.parse(formerSecretExpiresAt ?? '')).toBeLessThanOrEqual(Date.now())
  })

  test('explains how a call would be judged', async () => {
    await page.goto(`${server.url}/keys/${id}?tab=explain&model=no-such-model&ip=10.0.0.4`)
    await page.getByTestId('explain-result').getByText('This call would be denied.').waitFor()
    await page.getByTestId('verdict').getByText('60 requests a minute').waitFor()
    await accessible()
  })

  test('shows what was done to it, field by field', async () => {
    await open('History')
    const events = page.getByTestId('history-event')
    await events.filter({ hasText: 'Secret rotated' }).waitFor()
    await events.filter({ hasText: 'checkout eu' }).first().waitFor()
    await accessible()
  })
})
