// A passkey in a real browser, with a virtual authenticator: registered, signed in with, and asked for again.
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD } from '../support/api/client.ts'
import { chromiumUnavailableReason, launchBrowser } from '../support/browser/chromium.ts'
import { signInTo } from '../support/browser/sign-in.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'

describe.skipIf(chromiumUnavailableReason)('a passkey', () => {
  let latchkey: TestLatchkey
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let authenticator: CDPSession
  let url = ''
  let nowMs = Date.now()

  beforeAll(async () => {
    latchkey = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD }, clock: () => nowMs })
    // An address is no site for passkeys.
    url = latchkey.url.replace('127.0.0.1', 'localhost')
    browser = await launchBrowser()
    context = await browser.newContext({ locale: 'en-US' })
    page = await context.newPage()
    authenticator = await context.newCDPSession(page)
    await authenticator.send('WebAuthn.enable')
    await authenticator.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    })
    await signInTo(page, url)
  })
  afterAll(async () => {
    await browser?.close()
    await latchkey?.close()
  })

  /** Sends an operation as the console does, and returns the payload of its one field. */
  async function send(query: string, input?: Record<string, unknown>) {
    return page.evaluate(
      async ([text, variables]) => {
        const response = await fetch('/graphql', {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'x-latchkey-session': localStorage.getItem('latchkey.session') ?? '',
          },
          body: JSON.stringify({ query: text, variables }),
        })
        const { data, errors } = await response.json()
        return { payload: data === null ? null : Object.values(data)[0], errors } as {
          // biome-ignore lint/suspicious/noExplicitAny: a test reads into the response that it requested
          payload: any
          errors: { extensions: { code: string; means: string[] } }[] | undefined
        }
      },
      [query, input === undefined ? {} : { input }] as const,
    )
  }

  async function signOut() {
    await send('mutation { signOut { signedOut } }')
    await page.evaluate(() => localStorage.removeItem('latchkey.session'))
    await page.goto(`${url}/login`)
  }

  test('is registered for the site that the browser is at', async () => {
    const start = 'mutation { startPasskeyRegistration { options token userErrors { code } } }'
    const finish = `mutation ($input: FinishPasskeyRegistrationInput!) {
      finishPasskeyRegistration(input: $input) { passkey { name lastUsedAt } userErrors { code field } }
    }`
    const { payload } = await send(start)
    const { options, token } = payload
    expect(JSON.parse(options).rp).toEqual({ name: 'Latchkey', id: 'localhost' })
    const response = await page.evaluate(async (json) => {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(JSON.parse(json))
      const credential = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential
      return JSON.stringify(credential.toJSON())
    }, options)
    // A response to another challenge, and one that was changed.
    const other = (await send(start)).payload.token
    expect((await send(finish, { token: other, response, name: 'x' })).payload.userErrors).toEqual([
      { code: 'INVALID', field: ['input', 'response'] },
    ])
    for (const changed of ['', '{}', 'null', '[', response.replace('"public-key"', '"private"')])
      expect((await send(finish, { token, response: changed, name: 'x' })).payload.userErrors[0].code).toBe(
        'INVALID',
      )
    expect((await send(finish, { token, response, name: 'Laptop' })).payload).toEqual({
      passkey: { name: 'Laptop', lastUsedAt: null },
      userErrors: [],
    })
    // Once.
    expect((await send(finish, { token, response, name: 'x' })).payload.userErrors).toEqual([
      { code: 'WRONG_CREDENTIALS', field: ['input', 'token'] },
    ])
  })

  test('signs in without a username, and its response works once', async () => {
    await signOut()
    const sent = page.waitForRequest((request) => (request.postData() ?? '').includes('SignInWithPasskey('))
    await page.getByTestId('login-passkey').click()
    await page.waitForURL(`${url}/`)
    const again = await fetch(`${latchkey.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: (await sent).postData() ?? '',
    })
    const { data } = (await again.json()) as {
      data: { signInWithPasskey: { userErrors: { code: string }[] } }
    }
    expect(data.signInWithPasskey.userErrors).toMatchObject([{ code: 'WRONG_CREDENTIALS' }])
    const { payload } = await send('{ passkeys { name lastUsedAt } }')
    expect(payload).toEqual([{ name: 'Laptop', lastUsedAt: expect.any(String) }])
  })

  test('is the second step after a password', async () => {
    await signOut()
    await page.getByTestId('login-username').fill('admin')
    await page.getByTestId('login-password').fill(PASSWORD)
    await page.getByTestId('login-submit').click()
    await page.getByTestId('login-step-passkey').click()
    await page.waitForURL(`${url}/`)
  })

  test('confirms who is at the keyboard before a key is deleted, and is gone once deleted', async () => {
    const { payload: created } = await send(
      'mutation { createApiKey(input: { name: "short" }) { apiKey { id } } }',
    )
    nowMs += 600_000
    const refused = await send(
      'mutation ($input: DeleteApiKeyInput!) { deleteApiKey(input: $input) { deletedId } }',
      {
        id: created.apiKey.id,
      },
    )
    expect(refused.errors?.[0]?.extensions).toMatchObject({ code: 'STEP_UP_REQUIRED', means: ['PASSKEY'] })
    await page.goto(`${url}/keys/${created.apiKey.id}`)
    await page.getByTestId('key-menu').click()
    await page.getByTestId('delete-key').click()
    await page.getByLabel('Type “short” to confirm').fill('short')
    await page.getByTestId('confirm-delete').click()
    await page.getByTestId('step-up-passkey').click()
    await page.waitForURL(`${url}/keys`)

    const { payload: passkeys } = await send('{ passkeys { id } }')
    const remove = 'mutation ($input: DeletePasskeyInput!) { deletePasskey(input: $input) { deletedId } }'
    expect((await send(remove, { id: passkeys[0].id })).payload).toEqual({ deletedId: passkeys[0].id })
    await signOut()
    await page.getByTestId('login-passkey').click()
    await page.getByText('This passkey is not known here').waitFor()
  })
})
