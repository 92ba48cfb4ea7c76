// The screen of labels in a real browser: a budget that is set there denies the next call of every key with the label.
import { Latchkey } from '@latchkey/sdk'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD } from '../support/api/client.ts'
import { chromiumUnavailableReason, launchBrowser } from '../support/browser/chromium.ts'
import { signInTo } from '../support/browser/sign-in.ts'
import { chat } from '../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { makePricedModel } from '../support/server/priced-models.ts'
import { COMPLETION } from '../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../support/upstreams/upstream.ts'

describe.skipIf(chromiumUnavailableReason)('the screen of labels', () => {
  let upstream: TestUpstream
  let latchkey: TestLatchkey
  let sdk: Latchkey
  let browser: Browser
  let page: Page
  const secrets: string[] = []

  beforeAll(async () => {
    upstream = await startUpstream((_request, response) => json(response, 200, COMPLETION))
    latchkey = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD } })
    sdk = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
    await makePricedModel(latchkey, {
      baseUrl: upstream.baseUrl,
      name: 'paid',
      // 12 output tokens: a call costs $0.012.
      price: { INPUT_TOKEN: '0', OUTPUT_TOKEN: '1000' },
    })
    const labels = [{ name: 'env', value: 'staging' }]
    for (const name of ['one', 'two']) secrets.push((await sdk.keys.create({ name, labels })).secret)
    browser = await launchBrowser()
    page = await (await browser.newContext({ locale: 'en-US' })).newPage()
    await signInTo(page, latchkey.url)
  })
  afterAll(async () => {
    await browser?.close()
    await latchkey?.close()
    await upstream?.close()
  })

  const call = (secret = '') =>
    chat(latchkey, secret, { model: 'paid', max_tokens: 1, prompt_cache_key: secret })

  test('sets a budget for a label, which the first key spends and the second is denied by', async () => {
    await page.goto(`${latchkey.url}/labels`)
    await page
      .getByTestId('free-label-row')
      .filter({ hasText: 'env=staging' })
      .getByRole('button', { name: 'Set limits for env=staging' })
      .click()
    await page.getByTestId('label-save').click()
    await page.getByText('Choose one limit at least.').waitFor()
    await page.getByTestId('policy-fields').getByRole('button', { name: '$20 a month' }).click()
    await page.getByTestId('policy-budget').fill('0.012')
    await page.getByTestId('label-save').click()
    await page.waitForURL(/\/labels\/lim_\d+$/)
    const id = new URL(page.url()).pathname.split('/').at(-1) ?? ''
    expect(await sdk.labelLimits.get(id)).toMatchObject({
      name: 'env=staging',
      keyCount: 2,
      policy: { budgets: [{ window: 'MONTH', limitUsd: '0.012' }] },
    })

    expect((await call(secrets[0])).status).toBe(200)
    const denied = await call(secrets[1])
    expect([denied.status, denied.headers.get('x-latchkey-denied-by')]).toEqual([429, 'label env=staging'])

    await page.reload()
    await page.getByTestId('shared-gauges').getByText('$0.012 of $0.012').waitFor()
    // The record of the denied call leads to the limits that denied it.
    const [log] = (await sdk.logs.list({ first: 1, filter: { outcome: ['DENIED'] } })).items
    await page.goto(`${latchkey.url}/logs/${log?.id}`)
    await page.getByTestId('log-cause').getByText('Budget of env=staging for all models a month').waitFor()
    await page.getByTestId('log-cause').getByText('$0.012 of $0.012').waitFor()
    await page.getByTestId('log-cause').locator(`a[href="/labels/${id}"]`).click()
    await page.getByTestId('policy-budget').fill('1')
    await page.getByTestId('policy-changes').getByText('At most $1 a month').waitFor()
    await page.getByTestId('save-policy').click()
    await page.getByText('The rules are saved.').waitFor()
    expect((await call(secrets[1])).status).toBe(200)
  })

  test('switches limits off, undoes that, changes them then, and deletes them', async () => {
    const [limit] = (await sdk.labelLimits.list()).items
    await page.goto(`${latchkey.url}/labels/${limit?.id}`)
    await page.getByTestId('label-switch').click()
    await page.getByText('Switched off', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('button', { name: 'Switch off', exact: true }).waitFor()
    expect((await sdk.labelLimits.get(limit?.id ?? '')).enabled).toBe(true)
    // The rules on the screen are still those of the server, whose version has grown.
    await page.getByTestId('policy-budget').fill('2')
    await page.getByTestId('save-policy').click()
    await page.getByText('The rules are saved.').waitFor()
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Delete…' }).click()
    await page.getByLabel('Type “env=staging” to confirm').fill('env=staging')
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await page.waitForURL(`${latchkey.url}/labels`)
    await page.getByTestId('free-label-row').filter({ hasText: 'env=staging' }).waitFor()
    expect((await sdk.labelLimits.list()).items).toEqual([])
  })
})
