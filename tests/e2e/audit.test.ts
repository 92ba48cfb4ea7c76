// The audit trail in a real browser: who changed what is found, opened and exported.
import { Latchkey } from '@latchkey/sdk'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { graphql, PASSWORD, rest } from '../support/api/client.ts'
import { axeViolations } from '../support/browser/axe.ts'
import { chromiumUnavailableReason, launchBrowser } from '../support/browser/chromium.ts'
import { signInTo } from '../support/browser/sign-in.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'

describe.skipIf(chromiumUnavailableReason)('the audit screen', () => {
  let latchkey: TestLatchkey
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    latchkey = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD } })
    const made = await rest(latchkey, 'POST', '/api/api-keys', { name: 'billing' })
    const { errors } = await graphql(
      latchkey,
      'mutation ($id: ID!) { updateApiKey(input: { id: $id, name: "invoices" }) { userErrors { code } } }',
      { id: `key_${made.body.id}` },
      { token: latchkey.adminToken },
    )
    expect(errors).toBeUndefined()
    browser = await launchBrowser()
    page = await (await browser.newContext({ locale: 'en-US' })).newPage()
    await signInTo(page, latchkey.url)
  })
  afterAll(async () => {
    await browser?.close()
    await latchkey?.close()
  })

  test('shows who changed what, with the value before and after; Back closes the event', async () => {
    await page.goto(`${latchkey.url}/audit`)
    await page.getByLabel('Action', { exact: true }).selectOption({ label: 'API key changed' })
    const row = page.getByTestId('audit-row')
    await expect.poll(() => row.count()).toBe(1)
    await row.getByRole('link').click()
    const event = page.getByRole('dialog', { name: 'API key changed' })
    await event.getByText('billing').waitFor()
    await event.getByText('invoices', { exact: true }).last().waitFor()
    expect(await axeViolations(page)).toEqual([])
    await page.goBack()
    await event.waitFor({ state: 'detached' })
    expect(new URL(page.url()).searchParams.get('action')).toBe('api_key.update')
  })

  test('has a name for every action that the server knows', async () => {
    const options = await page.getByLabel('Action', { exact: true }).locator('option').allTextContents()
    expect(options.length).toBeGreaterThan(50)
    expect(options.filter((text) => /^[a-z_]+\.[a-z_]+$/.test(text.trim()))).toEqual([])
  })

  test('exports what the filter shows, and verifies the chain', async () => {
    const waiting = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Export as CSV' }).click()
    const stream = await (await waiting).createReadStream()
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk as Buffer)
    const lines = Buffer.concat(chunks).toString('utf8').trim().split('\r\n')
    expect(lines).toHaveLength(2)
    expect(lines[1]).toContain('api_key.update')
    await page.getByRole('button', { name: 'Verify the chain' }).click()
    await page.getByText(/The hash chain is whole: \d+ events verified/).waitFor()
  })

  test('names a parameter that is no filter, and shows the rest', async () => {
    await page.goto(`${latchkey.url}/audit?actor=NOBODY&action=api_key.create`)
    await page.getByText('actor: “NOBODY” is not a valid filter').waitFor()
    await page.getByTestId('audit-row').first().waitFor()
    expect(await page.getByTestId('audit-row').count()).toBe(1)
  })

  test('shows events of one kind of target alone', async () => {
    await page.goto(`${latchkey.url}/audit`)
    await page.getByTestId('chip-Admin').click()
    await page.waitForURL(/type=Admin/)
    const row = page.getByTestId('audit-row')
    await expect.poll(() => row.filter({ hasText: 'API key' }).count()).toBe(0)
    await row.filter({ hasText: 'admin' }).first().waitFor()
  })

  test('opens an event that the list does not show, and says that there is none', async () => {
    const sdk = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
    const { items } = await sdk.audit.list({ filter: { action: ['api_key.update'] } })
    await page.goto(`${latchkey.url}/audit?action=api_key.create&peek=${items[0]?.id}`)
    await page.getByRole('dialog', { name: 'API key changed' }).getByText('billing').waitFor()
    await page.goto(`${latchkey.url}/audit?peek=aud_2000000000`)
    const missing = page.getByRole('dialog', { name: 'Audit event' }).getByTestId('record-not-found')
    await missing.getByText('aud_2000000000').waitFor()
    await missing.getByRole('link', { name: 'Audit' }).click()
    await missing.waitFor({ state: 'detached' })
  })
})
