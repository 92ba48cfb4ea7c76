// GraphiQL in a real browser: offline, under its own strict policy, signed in by the console's session.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD, sessionHeaders, signIn } from '../support/api/client.ts'
import { chromiumUnavailableReason, launchBrowser } from '../support/browser/chromium.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'

describe.skipIf(chromiumUnavailableReason)('GraphiQL', () => {
  let browser: Browser
  let latchkey: TestLatchkey
  beforeAll(async () => {
    latchkey = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD } })
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await latchkey?.close()
  })

  test('runs the example and shows the documentation, without a request to another host', async () => {
    await latchkey.createKey({ name: 'seen in GraphiQL' })
    const session = sessionHeaders(await signIn(latchkey))
    const [name = '', value = ''] = session.cookie?.split('=') ?? []
    const context = await browser.newContext()
    await context.addCookies([{ name, value, url: latchkey.url }])
    await context.addInitScript(
      (secret) => localStorage.setItem('latchkey.session', secret),
      session['x-latchkey-session'] ?? '',
    )
    const page = await context.newPage()
    const outside: string[] = []
    const complaints: string[] = []
    page.on('request', (request) => {
      if (!request.url().startsWith(latchkey.url)) outside.push(request.url().slice(0, 100))
    })
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))

    await page.goto(`${latchkey.url}/graphql`)
    await page.getByRole('button', { name: /execute query/i }).click()
    await page.getByText('"seen in GraphiQL"').waitFor()
    await page.getByRole('button', { name: /documentation/i }).click()
    await page.getByRole('link', { name: 'Query', exact: true }).click()
    await page.getByText('Everything that can be read.').waitFor()

    // A query that a screen of the console hands over, which no log of a server sees.
    const linked = new URLSearchParams({
      query: 'query Linked($first: Int) { apiKeys(first: $first) { nodes { externalId name } } }',
      variables: '{ "first": 1 }',
    })
    await page.goto(`${latchkey.url}/#`)
    await page.goto(`${latchkey.url}/graphql#${linked}`)
    await page.getByRole('button', { name: /execute query/i }).click()
    await page.getByText('"externalId"').waitFor()

    expect(outside).toEqual([])
    expect(complaints).toEqual([])
  })
})
