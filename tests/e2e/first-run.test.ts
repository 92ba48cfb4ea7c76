import { execFile } from 'node:child_process'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumUnavailableReason, launchBrowser } from '../support/browser/chromium.ts'
import { type ServerProcess, startServerProcess } from '../support/server/server-process.ts'

// A person's first minutes, in order: each step needs the one before it.
describe.skipIf(chromiumUnavailableReason)('the first run', () => {
  let server: ServerProcess
  let browser: Browser
  let page: Page
  let curl = ''
  const complaints: string[] = []
  const elsewhere: string[] = []

  beforeAll(async () => {
    server = await startServerProcess()
    browser = await launchBrowser()
    page = await (await browser.newContext({ locale: 'en-US' })).newPage()
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('request', (request) => {
      if (!request.url().startsWith(server.url) && !/^(data|blob):/.test(request.url()))
        elsewhere.push(request.url())
    })
  })

  afterAll(async () => {
    await browser?.close()
    await server?.remove()
  })

  test('the printed setup link makes the first admin', async () => {
    expect(server.setupLink).not.toBeNull()
    await page.goto(server.setupLink ?? '')
    await page.getByTestId('setup-username').fill('ada')
    await page.getByTestId('setup-password').fill('correct horse battery')
    await page.getByTestId('setup-submit').click()
    // The overview has the steps to a first call.
    await page.waitForURL(`${server.url}/`)
    await page.getByTestId('step-key').waitFor()
  })

  test('a key is made, and its secret shown once', async () => {
    await page.goto(`${server.url}/keys`)
    await page.getByTestId('create-key').first().click()
    await page.getByTestId('key-name').fill('first app')
    await page.getByTestId('create-key-submit').click()
    const secret = (await page.getByTestId('secret').textContent())?.trim() ?? ''
    expect(secret).toMatch(/^(sk-)?[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/)
    curl = (await page.getByTestId('snippet-curl').textContent()) ?? ''
    expect(curl).toContain(secret)
    await page.getByTestId('secret-saved').click()
    await page.getByTestId('secret').waitFor({ state: 'detached' })
    expect(await page.content()).not.toContain(secret)
  })

  test("the page's own curl snippet works", async () => {
    const response = await run(curl)
    expect(JSON.parse(response)).toMatchObject({ object: 'chat.completion', model: 'echo' })
  })

  test('the call is in the log', async () => {
    await page.goto(`${server.url}/logs`)
    const row = page.getByTestId('log-row').first()
    await row.waitFor()
    expect(await row.textContent()).toContain('first app')
    expect(await page.getByTestId('log-row').count()).toBe(1)
  })

  test('the key counts it, and shows its first characters alone', async () => {
    await page.goto(`${server.url}/keys`)
    const row = page.getByTestId('key-row')
    await row.waitFor()
    expect(await row.textContent()).toMatch(/first app[\s\S]*(?:just now|ago)/)
  })

  test('a revoked key is refused on the next call', async () => {
    await page.getByTestId('key-row').getByRole('link').first().click()
    await page.getByTestId('key-menu').click()
    await page.getByTestId('revoke-key').click()
    await page.getByLabel('Type “first app” to confirm').fill('first app')
    await page.getByTestId('confirm-revoke').click()
    await page
      .getByTestId('key-status')
      .filter({ hasText: /revoked/i })
      .first()
      .waitFor()
    const response = await run(`${curl.trim()} -sS -w '\n%{http_code}'`)
    expect(response.trim().split('\n').at(-1)).toBe('401')
  })

  test('a deleted key takes its logs with it, once its name is typed', async () => {
    await page.getByTestId('key-menu').click()
    await page.getByTestId('delete-key').click()
    await page.getByLabel('Type “first app” to confirm').fill('first app')
    await page.getByTestId('confirm-delete').click()
    await page.waitForURL(`${server.url}/keys`)
    await page.goto(`${server.url}/logs?range=all`)
    await page.waitForLoadState('networkidle')
    const text = await page.locator('main').textContent()
    expect(text).not.toContain('first app')
  })

  test('the setup link has no effect any more, and signing in works', async () => {
    const stranger = await (await browser.newContext({ locale: 'zh-CN' })).newPage()
    await stranger.goto(`${server.url}/logs`)
    await stranger.waitForURL(/\/login/)
    expect(await stranger.locator('html').getAttribute('lang')).toBe('zh-CN')
    await stranger.getByTestId('login-username').fill('ada')
    await stranger.getByTestId('login-password').fill('correct horse battery')
    await stranger.getByTestId('login-submit').click()
    await stranger.waitForURL(`${server.url}/logs`)
    await stranger.context().close()
  })

  test('no page logged an error or sent a request to another host', () => {
    expect(complaints).toEqual([])
    expect(elsewhere).toEqual([])
  })
})

/** Runs what a person would paste into a shell; returns what it printed. */
function run(command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('sh', ['-c', command], { timeout: 20_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(`${error.message}\n${stderr}`))
    })
  })
}
