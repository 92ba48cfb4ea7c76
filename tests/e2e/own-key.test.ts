// The console's page for whoever has an API key and no account, in a real browser.
import { Latchkey } from '@latchkey/sdk'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumUnavailableReason, launchBrowser } from '../support/browser/chromium.ts'
import { chat } from '../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { makeRuledKey, type RuledKey } from '../support/server/ruled-keys.ts'

const LIMIT = { unit: 'REQUESTS', window: 'DAY', max: 2 }

describe.skipIf(chromiumUnavailableReason)('the page of an API key', () => {
  let latchkey: TestLatchkey
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let key: RuledKey
  // Every request that the browser makes, as its address and its body.
  const sent: string[] = []

  beforeAll(async () => {
    latchkey = await startLatchkey()
    key = await makeRuledKey(latchkey, { limits: [LIMIT], selfRotation: true }, 'shown to its user')
    for (let n = 0; n < 3; n++) await chat(latchkey, key.secret, { model: 'echo' })
    browser = await launchBrowser()
    context = await browser.newContext({ locale: 'en-US' })
    page = await context.newPage()
    page.on('request', (request) => sent.push(`${request.url()} ${request.postData() ?? ''}`))
    await page.goto(`${latchkey.url}/key`)
  })
  afterAll(async () => {
    await browser?.close()
    await latchkey?.close()
  })

  async function paste(secret: string) {
    await page.getByTestId('own-key-secret').fill(secret)
    await page.getByTestId('own-key-submit').click()
  }

  test('refuses a key that there is none of, and says so', async () => {
    await paste(crypto.randomUUID())
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('alert').textContent()).toContain('does not accept')
  })

  test('shows what is left, what denied it and its errors, without a session', async () => {
    await paste(key.secret)
    await page.getByRole('heading', { name: 'shown to its user' }).waitFor()
    expect(await page.getByTestId('own-key-limits').textContent()).toMatch(/Requests per day.*0 of 2 left/s)
    expect(await page.getByTestId('own-key-denials').textContent()).toMatch(/Request limit.*1/s)
    expect(await page.getByTestId('own-key-errors').textContent()).toMatch(/Denied.*429.*req_/s)
    await page.getByTestId('own-key-models').getByText('echo', { exact: true }).waitFor()
    await page.getByTestId('api-button').click()
    const programs = page.getByRole('dialog')
    await programs.getByText(`curl '${latchkey.url}/v1/key?history_days=30'`).waitFor()
    expect(await programs.textContent()).not.toContain(key.secret)
    await page.keyboard.press('Escape')
  })

  test('replaces the secret, shows the new one once and goes on with it', async () => {
    await page.getByTestId('own-key-rotate').click()
    await page.getByTestId('own-key-grace').selectOption({ label: 'No time: it stops at once' })
    await page.getByTestId('own-key-confirm-rotate').click()
    const fresh = (await page.getByTestId('secret').textContent()) ?? ''
    expect(fresh).toMatch(/^[0-9a-f-]{36}$/)
    expect((await chat(latchkey, key.secret)).status).toBe(401)
    expect((await chat(latchkey, fresh)).status).toBe(429)
    await page.getByTestId('own-key-limits').waitFor()
    await expectKeptNowhere([key.secret, fresh])
    await page.reload()
    await page.getByTestId('own-key-secret').waitFor()
    expect(await page.content()).not.toContain(fresh)
  })

  test('says with whom a limit is shared', async () => {
    const { url, adminToken } = latchkey
    const { owners, keys } = new Latchkey({ url, adminToken })
    const policy = { limits: [{ unit: 'REQUESTS' as const, window: 'DAY' as const, max: 7 }] }
    const { id: ownerId } = await owners.create({ name: 'Billing team', policy })
    const { secret } = await keys.create({ name: 'shared', ownerId })
    await page.reload()
    await paste(secret)
    await page.getByRole('heading', { name: 'shared', exact: true }).waitFor()
    const text = await page.getByTestId('own-key-limits').textContent()
    expect(text).toMatch(/Requests per day.*shared: Billing team.*7 of 7 left/s)
  })

  /** No secret is in an address, in the body of a request, or in what the browser keeps. */
  async function expectKeptNowhere(secrets: string[]) {
    const storage = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))
    const kept = [page.url(), storage, JSON.stringify(await context.cookies()), ...sent].join('\n')
    for (const secret of secrets) expect(kept).not.toContain(secret)
  }
})
