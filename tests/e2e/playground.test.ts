// The playground in a real browser: a call as a chosen key, streamed, with its receipt and on the key's account; two models; a denial.
import { AxeBuilder } from '@axe-core/playwright'
import { Latchkey } from '@latchkey/sdk'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD } from '../support/api/client.ts'
import { chromiumUnavailableReason, launchBrowser } from '../support/browser/chromium.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'

describe.skipIf(chromiumUnavailableReason)('the playground', () => {
  let server: TestLatchkey
  let latchkey: Latchkey
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    server = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD } })
    latchkey = new Latchkey({ url: server.url, adminToken: server.adminToken })
    browser = await launchBrowser()
    page = await (await browser.newContext({ locale: 'en-US' })).newPage()
    await page.goto(`${server.url}/login`)
    await page.getByTestId('login-username').fill('admin')
    await page.getByTestId('login-password').fill(PASSWORD)
    await page.getByTestId('login-submit').click()
    await page.waitForURL(`${server.url}/`)
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  const make = async (name: string, policy: object | null = null) =>
    (await latchkey.keys.create({ name, policy })).apiKey
  const reply = () => page.getByTestId('reply').last()
  async function send(text: string) {
    await page.getByTestId('playground-message').fill(text)
    await page.keyboard.press('Control+Enter')
  }
  async function accessible() {
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map(({ id: rule, nodes }) => `${rule}: ${nodes[0]?.html}`)).toEqual([])
  }

  test('chooses a key, sends, shows what arrives and its receipt, and the call is the key’s', async () => {
    const key = await make('checkout')
    await page.getByRole('link', { name: 'Playground' }).click()
    await page.getByTestId('playground-key').click()
    await page.getByTestId('playground-key').fill('checkout')
    await page.getByRole('option', { name: 'checkout' }).click()
    await page.waitForURL(/[?&]key=key_\d+/)
    await send('Say it again, please')
    await reply().getByTestId('reply-text').filter({ hasText: 'Say it again, please' }).waitFor()
    await reply().getByTestId('reply-state').getByText('Complete').waitFor()
    await reply().getByTestId('reply-facts').getByText('Tokens in / out').waitFor()
    await reply().getByTestId('reply-receipt').click()
    const id = await reply().getByText(/^req_/).textContent()
    const log = await latchkey.logs.get(id ?? '')
    expect(log).toMatchObject({ outcome: 'SUCCESS', streamed: true, apiKey: { id: key.id } })
    expect(log.tags).toEqual(['source=playground'])
    expect(await latchkey.keys.get(key.id)).toMatchObject({ usageCount: 1 })
    await accessible()
    await reply().getByTestId('reply-code').click()
    expect(await reply().locator('pre').textContent()).toContain('$LATCHKEY_API_KEY')
    // The secret is in the memory of the page alone.
    expect(
      await page.evaluate(() => JSON.stringify([{ ...localStorage }, document.body.textContent])),
    ).not.toContain('ek_lk_')
  })

  test('sends the conversation to two models, each with what it has said itself', async () => {
    const key = await make('two models')
    await page.goto(`${server.url}/playground?key=${key.id}&model=echo&model2=echo-2`)
    await send('one')
    await expect.poll(() => page.getByTestId('reply').count()).toBe(2)
    await page.getByTestId('playground-send').waitFor()
    await page.getByTestId('reply-facts').nth(1).waitFor()
    expect(await page.getByTestId('reply').getByRole('heading').allTextContents()).toEqual(['echo', 'echo-2'])
  })

  test('says why a call was denied, and what the rules say', async () => {
    const key = await make('one a day', { limits: [{ unit: 'REQUESTS', window: 'DAY', max: 1 }] })
    await page.goto(`${server.url}/playground?key=${key.id}`)
    await send('first')
    await reply().getByTestId('reply-state').getByText('Complete').waitFor()
    await send('second')
    await reply().getByTestId('reply-state').getByText('Denied').waitFor()
    await reply().getByTestId('log-cause').getByText('request_limit_reached').waitFor()
    await reply().getByTestId('verdict').filter({ hasText: 'a day' }).waitFor()
    await accessible()
  })
})
