// Upstreams and models in a real browser: one is added, tested and published in one drawer, repaired, priced and taken out.
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { graphql, PASSWORD, rest } from '../support/api/client.ts'
import { chromiumUnavailableReason, launchBrowser } from '../support/browser/chromium.ts'
import {
  OPENAI_UPSTREAM_KEY,
  type OpenAiUpstream,
  startOpenAiUpstream,
} from '../support/openai-upstream/openai-upstream.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'

describe.skipIf(chromiumUnavailableReason)('the screens of upstreams and models', () => {
  let latchkey: TestLatchkey
  let provider: OpenAiUpstream
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    provider = await startOpenAiUpstream()
    latchkey = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD } })
    browser = await launchBrowser()
    page = await (await browser.newContext({ locale: 'en-US' })).newPage()
    await page.goto(`${latchkey.url}/login`)
    await page.getByTestId('login-username').fill('admin')
    await page.getByTestId('login-password').fill(PASSWORD)
    await page.getByTestId('login-submit').click()
    await page.waitForURL(`${latchkey.url}/`)
  })
  afterAll(async () => {
    await browser?.close()
    await latchkey?.close()
    await provider?.close()
  })

  const ask = async (query: string) => {
    const { data, errors } = await graphql(latchkey, query, {}, { token: latchkey.adminToken })
    expect(errors).toBeUndefined()
    return data
  }

  test('a wrong credential is named by the test, and mended in the same drawer', async () => {
    await page.getByRole('link', { name: 'Upstreams' }).click()
    await page.getByTestId('add-upstream').click()
    await page.getByRole('button', { name: /^Other/ }).click()
    await page.getByTestId('upstream-base-url').fill(provider.baseUrl)
    await page.getByTestId('upstream-name').fill('house')
    await page.getByTestId('upstream-secret').fill('sk-wrong-secret')
    await page.getByTestId('save-and-test').click()
    await page.getByText('It refused the credential (401).').waitFor()
    await page.getByRole('button', { name: 'Change details' }).click()
    await page.getByTestId('upstream-secret').fill(OPENAI_UPSTREAM_KEY)
    await page.getByTestId('save-and-test').click()
    await page.getByTestId('choose-models').and(page.locator(':enabled')).waitFor()
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
  })

  test('a chosen model is published, and calls reach the provider', async () => {
    await page.getByTestId('choose-models').click()
    const first = page.getByTestId('model-picks').getByRole('checkbox').first()
    await first.check()
    await page.getByTestId('publish-models').click()
    await page.getByText('Models published: 1').waitFor()
    const data = await ask('{ models { nodes { name routes { upstream { name } } } } }')
    expect(data).toMatchObject({ models: { nodes: [{ routes: [{ upstream: { name: 'house' } }] }] } })
    const made = await rest(latchkey, 'POST', '/api/api-keys', { name: 'app' })
    expect(made.status).toBe(200)
    await page.getByRole('button', { name: 'Close' }).last().click()
    await page.getByTestId('upstream-row').filter({ hasText: 'house' }).getByText('Healthy').waitFor()
  })

  test('an upstream is disabled with undo, and is not deleted while a model routes to it', async () => {
    const row = page.getByTestId('upstream-row').filter({ hasText: 'house' })
    await row.getByRole('button', { name: 'Actions for house' }).click()
    await page.getByRole('menuitem', { name: 'Disable' }).click()
    await row.getByText('Disabled').waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await row.getByText('Healthy').waitFor()
    await row.getByRole('button', { name: 'Actions for house' }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page.getByLabel(/to confirm/).fill('house')
    await page.getByTestId('confirm-delete').click()
    await page.getByText('A model still has a route to it.').waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
  })

  test('a model has its price set, and says where a call of a key would go', async () => {
    await page.getByRole('link', { name: 'Models' }).first().click()
    await page.getByTestId('model-row').first().getByRole('link').first().click()
    await page.getByRole('link', { name: 'Set price' }).first().click()
    const prices = page.getByLabel('Price', { exact: true })
    await prices.nth(0).fill('2.5')
    await prices.nth(1).fill('10')
    await page.getByTestId('save-price').click()
    await page.getByTestId('save-price').waitFor({ state: 'detached' })
    const data = await ask('{ models { nodes { price { base { usd } } } } }')
    expect(data).toMatchObject({ models: { nodes: [{ price: { base: [{ usd: '2.5' }, { usd: '10' }] } }] } })
    // Typed over one that is there, it stays as it is typed; and what is no amount is not sent.
    await page.getByRole('link', { name: 'Set price' }).first().click()
    await prices.nth(0).fill('a lot')
    expect(await page.getByTestId('save-price').isEnabled()).toBe(false)
    await prices.nth(0).fill('3.5')
    await page.getByTestId('save-price').click()
    await page.getByTestId('save-price').waitFor({ state: 'detached' })
    await page.getByText('Former prices').click()
    await page.getByTestId('price-history').getByText('$2.50 → $3.50').waitFor()
    await page.getByTestId('where-key').click()
    await page.getByRole('option', { name: /^app/ }).click()
    await page.getByTestId('where-result').getByText('Admitted now').waitFor()
    expect(await page.getByTestId('where-result').getByRole('listitem').count()).toBe(1)
  })
})
