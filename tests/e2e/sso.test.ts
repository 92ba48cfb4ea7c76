// Signing in at a provider in a real browser: there and back, and what is not taken.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { invite } from '../support/api/people.ts'
import { chromiumUnavailableReason, launchBrowser } from '../support/browser/chromium.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { setProvider } from '../support/sso/sso-client.ts'
import { startTestProvider, type TestProvider } from '../support/sso/test-provider.ts'

describe.skipIf(chromiumUnavailableReason)('signing in at a provider', () => {
  let latchkey: TestLatchkey
  let provider: TestProvider
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    latchkey = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: 'correct horse battery' } })
    provider = await startTestProvider(latchkey.url)
    provider.people.set('ada', { preferred_username: 'ada', email: 'ada@example.com', email_verified: true })
    await setProvider(latchkey, provider, {
      createsAdmins: true,
      defaultRole: 'OWNER',
      buttonLabel: 'Example Staff',
    })
    browser = await launchBrowser()
    page = await (await browser.newContext({ locale: 'en-US' })).newPage()
  })
  afterAll(async () => {
    await browser?.close()
    await provider?.stop()
    await latchkey?.close()
  })

  async function atProvider(on: Page, account: string) {
    await on.waitForURL(`${provider.issuer}/**`)
    await on.locator('input[name=account]').fill(account)
    await on.getByRole('button').click()
  }

  test('comes back to the page that was wanted', async () => {
    await page.goto(`${latchkey.url}/logs`)
    await page.waitForURL(`${latchkey.url}/login**`)
    await page.getByRole('button', { name: 'Continue with Example Staff' }).click()
    await atProvider(page, 'ada')
    await page.waitForURL(`${latchkey.url}/logs**`)
    expect(page.url()).not.toContain('code=')
  })

  test('says why somebody is not let in, and an address that another one has made signs in nobody', async () => {
    const stranger = await (await browser.newContext({ locale: 'en-US' })).newPage()
    await stranger.goto(`${latchkey.url}/login/sso?code=x&state=y`)
    await stranger.getByText('This sign-in expired, or it started in another tab.').waitFor()
    expect(stranger.url()).toBe(`${latchkey.url}/login/sso`)
    await setProvider(latchkey, provider, { createsAdmins: false })
    await stranger.goto(`${latchkey.url}/login`)
    await stranger.getByTestId('login-sso').click()
    await atProvider(stranger, 'eve')
    await stranger.getByText('Nobody has invited this account.').waitFor()
    await stranger.context().close()
  })

  test('an invitation is accepted with an account at the provider', async () => {
    const { token } = await invite(latchkey, { role: 'VIEWER' })
    const invited = await (await browser.newContext({ locale: 'en-US' })).newPage()
    await invited.goto(`${latchkey.url}/invitation#token=${token}`)
    await invited.getByText('Invited by environment as Viewer.').waitFor()
    await invited.getByRole('button', { name: 'Continue with Example Staff' }).click()
    await atProvider(invited, 'ida')
    await invited.waitForURL(`${latchkey.url}/`)
    const { data } = await latchkey.graphql('{ adminInvitations { id } admins { nodes { role } } }')
    expect(data.adminInvitations).toEqual([])
    expect(data.admins.nodes).toContainEqual({ role: 'VIEWER' })
    // Its link is used now, which is said before anything is typed.
    await invited.goto(`${latchkey.url}/invitation?again#token=${token}`)
    await invited.getByText('This link is used, revoked or expired.').waitFor()
    expect(await invited.getByRole('button', { name: 'Create account' }).count()).toBe(0)
    await invited.context().close()
  })

  test('what is typed stays when the session ends and somebody signs in again at the provider', async () => {
    await page.goto(`${latchkey.url}/keys/new`)
    await page.getByTestId('key-name').fill('typed before')
    await page.context().clearCookies()
    await page.getByTestId('create-key-submit').click()
    const opened = page.waitForEvent('popup')
    await page.getByRole('dialog').getByTestId('login-sso').click()
    const popup = await opened
    const closed = popup.waitForEvent('close')
    await atProvider(popup, 'ada')
    await closed
    await page.getByTestId('login-sso').waitFor({ state: 'detached' })
    expect(await page.getByTestId('key-name').inputValue()).toBe('typed before')
  })

  test('a confirmation at the provider that fails is tried again in its window', async () => {
    await page.goto(`${latchkey.url}/`)
    const opened = page.waitForEvent('popup')
    await page.evaluate(() => void window.open('/login/sso/confirm', '_blank', 'popup,width=520,height=720'))
    const popup = await opened
    provider.authTime = Math.floor(Date.now() / 1_000) - 120
    await atProvider(popup, 'ada')
    await popup.getByRole('heading', { name: 'Confirm who you are' }).waitFor()
    expect(await popup.getByTestId('sso-error').textContent()).toContain('The provider did not ask')
    provider.authTime = null
    await popup.getByRole('link', { name: 'Sign in again' }).click()
    const closed = popup.waitForEvent('close')
    await atProvider(popup, 'ada')
    await closed
  })
})
