// The console as many reach it: over plain http at an address of the network, where a browser has no secure context. There are no
// passkeys, no `crypto.subtle` and no `navigator.clipboard` then, and everything else works.
import { networkInterfaces } from 'node:os'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD } from '../support/api/client.ts'
import { chromiumUnavailableReason, launchBrowser } from '../support/browser/chromium.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'

/** An IPv4 address of this machine that is not its loopback; undefined where it has none. */
const address = Object.values(networkInterfaces())
  .flatMap((each) => each ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address

describe.skipIf(chromiumUnavailableReason)('the console over plain http', () => {
  let latchkey: TestLatchkey
  let browser: Browser
  let page: Page
  let url = ''
  const complaints: string[] = []
  const elsewhere: string[] = []

  beforeAll(async () => {
    latchkey = await startLatchkey({ env: { LATCHKEY_HOST: '0.0.0.0', LATCHKEY_ADMIN_PASSWORD: PASSWORD } })
    const port = new URL(latchkey.url).port
    browser = await launchBrowser()
    const context = await browser.newContext({ locale: 'en-US' })
    page = await context.newPage()
    // Without a network the name stands for this machine; it is no more a secure context than an address.
    url = address === undefined ? `http://console.example:${port}` : `http://${address}:${port}`
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url()))
        elsewhere.push(request.url())
    })
  })
  afterAll(async () => {
    await browser?.close()
    await latchkey?.close()
  })

  test('has no secure context here, and its policy allows no inline code', async () => {
    const response = await page.goto(`${url}/login`)
    const secure = await page.evaluate(() => [isSecureContext, crypto.subtle === undefined])
    expect(secure).toEqual([false, true])
    const policy = await page.locator('meta[http-equiv="content-security-policy"]').getAttribute('content')
    expect(policy).toContain("default-src 'self'")
    expect(policy).not.toContain("'unsafe-inline'")
    expect(policy).not.toContain("'unsafe-eval'")
    expect(response?.headers()['content-security-policy']).toBe("frame-ancestors 'none'")
    // Browsers ignore it here, with an error for each page.
    expect(response?.headers()['cross-origin-opener-policy']).toBeUndefined()
    const onLoopback = await fetch(`http://127.0.0.1:${new URL(url).port}/login`)
    expect(onLoopback.headers.get('cross-origin-opener-policy')).toBe('same-origin')
  })

  test('signs in, and stays signed in over a reload', async () => {
    await page.getByTestId('login-username').fill('admin')
    await page.getByTestId('login-password').fill(PASSWORD)
    await page.getByTestId('login-submit').click()
    await page.waitForURL(`${url}/`)
    await page.reload()
    await page.getByTestId('account-menu').first().waitFor()
  })

  test('copies the secret of a new key, without the clipboard of secure contexts', async () => {
    await page.goto(`${url}/keys/new`)
    await page.getByTestId('key-name').fill('of the network')
    await page.getByTestId('create-key-submit').click()
    const secret = (await page.getByTestId('secret').textContent()) ?? ''
    expect(secret).toMatch(/^[\w-]{20,}$/)
    // What the clipboard holds is read where a person would paste it: pages of this kind may not read it.
    await page.evaluate(() => {
      const reader = Object.assign(document.createElement('textarea'), { id: 'pasted' })
      document.body.prepend(reader)
    })
    await page.getByRole('button', { name: 'Copy' }).first().click()
    await page.locator('#pasted').click({ force: true })
    await page.keyboard.press('ControlOrMeta+V')
    expect(await page.locator('#pasted').inputValue()).toBe(secret)
  })

  test('offers no passkey where there is none', async () => {
    const context = await browser.newContext({ locale: 'en-US' })
    const stranger = await context.newPage()
    await stranger.goto(`${url}/login`)
    await stranger.getByTestId('login-username').waitFor()
    expect(await stranger.getByTestId('login-passkey').count()).toBe(0)
    await context.close()
  })

  test('has written no error, and asked nobody else', () => {
    expect(complaints).toEqual([])
    expect(elsewhere).toEqual([])
  })
})
