import { randomBytes } from 'node:crypto'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { screenViolations } from '../showroom/look/screen-checks.ts'
import { chromiumUnavailableReason, launchBrowser } from '../support/browser/chromium.ts'
import { type ServerProcess, startServerProcess } from '../support/server/server-process.ts'

const PASSWORD = 'correct horse battery'
const TOKEN = randomBytes(24).toString('base64url')

// Both themes × both languages × a wide screen and a phone; each screen once in each.
const LOOKS = [
  { colorScheme: 'light', locale: 'en-US', viewport: { width: 1440, height: 900 } },
  { colorScheme: 'dark', locale: 'en-US', viewport: { width: 390, height: 844 } },
  { colorScheme: 'light', locale: 'zh-CN', viewport: { width: 390, height: 844 } },
  { colorScheme: 'dark', locale: 'zh-CN', viewport: { width: 1440, height: 900 } },
] as const

describe.skipIf(chromiumUnavailableReason)('the console', () => {
  let server: ServerProcess
  let browser: Browser
  let keyId = ''

  beforeAll(async () => {
    server = await startServerProcess({ LATCHKEY_ADMIN_PASSWORD: PASSWORD, LATCHKEY_ADMIN_TOKEN: TOKEN })
    browser = await launchBrowser()
    const made = await fetch(`${server.url}/api/api-keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'billing', description: 'Sends invoices', expires_days: 30 }),
    })
    const key = (await made.json()) as { id: number; api_key: string }
    keyId = `key_${key.id}`
    for (const model of ['echo', 'no-such-model']) {
      const call = await fetch(`${server.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key.api_key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] }),
      })
      await call.text()
    }
  })
  afterAll(async () => {
    await browser?.close()
    await server?.remove()
  })

  test.each(LOOKS)(
    'breaks no rule of WCAG 2.2 AA in $colorScheme, $locale, $viewport.width px',
    async (look) => {
      const context = await browser.newContext(look)
      const page = await context.newPage()
      await page.goto(`${server.url}/login`)
      await page.getByTestId('login-username').waitFor()
      expect(await screenViolations(page), '/login').toEqual([])
      await page.getByTestId('login-username').fill('admin')
      await page.getByTestId('login-password').fill(PASSWORD)
      await page.getByTestId('login-submit').click()
      await page.waitForURL(`${server.url}/`)
      for (const path of ['/', '/keys', '/keys/new', `/keys/${keyId}`, `/keys/${keyId}?tab=logs`, '/logs']) {
        await page.goto(server.url + path)
        await page.waitForLoadState('networkidle')
        expect(await screenViolations(page), path).toEqual([])
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        expect(overflow, `${path} is wider than the window`).toBeLessThanOrEqual(0)
      }
      await page.getByTestId('log-row').first().getByRole('link').first().click()
      await page.getByTestId('log-id').waitFor()
      expect(await screenViolations(page), 'the panel of a request log').toEqual([])
      await context.close()
    },
  )
})
