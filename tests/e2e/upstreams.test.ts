// Upstreams and models in a real browser: one is added, tested and published in one drawer, repaired, priced and taken out.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { graphql, PASSWORD, rest } from '../support/api/client.ts'
import { axeViolations } from '../support/browser/axe.ts'
import { chromiumUnavailableReason, launchBrowser } from '../support/browser/chromium.ts'
import { signInTo } from '../support/browser/sign-in.ts'
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
    await signInTo(page, latchkey.url)
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
    expect(await axeViolations(page)).toEqual([])
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
    await page.getByTestId('upstream-row').filter({ hasText: 'house' }).getByText('Idle').waitFor()
  })

  test('an upstream is disabled with undo, and is not deleted while a model routes to it', async () => {
    const row = page.getByTestId('upstream-row').filter({ hasText: 'house' })
    await row.getByRole('button', { name: 'Actions for house' }).click()
    await page.getByRole('menuitem', { name: 'Disable' }).click()
    await row.getByText('Disabled').waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await row.getByText('Idle').waitFor()
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

  test('a route is dragged to a priority of its own, taken back by the undo, and moved by the arrow keys', async () => {
    const found = (await ask('{ models { nodes { id routes { upstream { id } } } } }')) as {
      models: { nodes: { id: string; routes: { upstream: { id: string } }[] }[] }
    }
    const [model] = found.models.nodes
    const routes = ['first', 'second'].map(
      (name) => `{ upstreamId: "${model?.routes[0]?.upstream.id}", upstreamModel: "${name}" }`,
    )
    await ask(`mutation { updateModel(input: { id: "${model?.id}", routes: [${routes}] }) { model { id } } }`)
    const priorities = async () => {
      const data = (await ask('{ models { nodes { routes { upstreamModel priority } } } }')) as {
        models: { nodes: { routes: { upstreamModel: string; priority: number }[] }[] }
      }
      return data.models.nodes[0]?.routes.map((each) => `${each.upstreamModel} ${each.priority}`).sort()
    }
    await page.goto(`${latchkey.url}/models/${model?.id}`)
    const bands = page.getByTestId('route-bands')
    const handle = page.getByTestId('model-route').filter({ hasText: 'second' }).getByTestId('route-handle')
    // What stands above it must be there before the handle has its place.
    await page.getByText('0 failed').waitFor()
    await handle.hover()
    const [from, to] = [await handle.boundingBox(), await bands.boundingBox()]
    const x = (from?.x ?? 0) + 8
    await page.mouse.move(x, (from?.y ?? 0) + 8)
    await page.mouse.down()
    await page.mouse.move(x, (to?.y ?? 0) + 4, { steps: 5 })
    await bands.getByText('A priority of its own').waitFor()
    await page.mouse.up()
    const undo = page.getByRole('button', { name: 'Undo' })
    await undo.waitFor()
    expect(await priorities()).toEqual(['first 1', 'second 0'])
    expect(await page.getByTestId('route-moved').textContent()).toBe('house is now in group 1 of 2, alone.')
    await undo.click()
    await expect.poll(priorities).toEqual(['first 0', 'second 0'])
    await bands.getByText('50%').first().waitFor()

    await handle.press('ArrowDown')
    await bands.getByText('Tried second').waitFor()
    await expect.poll(priorities).toEqual(['first 0', 'second 1'])
    expect(await handle.evaluate((element) => element === document.activeElement)).toBe(true)
    expect(await axeViolations(page)).toEqual([])
  })
})
