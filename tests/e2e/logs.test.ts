// The request logs in a real browser: found by query, facet and id, read with their cause, exported, and followed live.
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { graphql, PASSWORD } from '../support/api/client.ts'
import { axeViolations } from '../support/browser/axe.ts'
import { chromiumUnavailableReason, launchBrowser } from '../support/browser/chromium.ts'
import { signInTo } from '../support/browser/sign-in.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'

describe.skipIf(chromiumUnavailableReason)('the request logs', () => {
  let latchkey: TestLatchkey
  let browser: Browser
  let page: Page
  let secret: string
  let denied: string

  const call = async (key: string, n: number) => {
    const response = await fetch(`${latchkey.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'echo',
        messages: [{ role: 'user', content: 'hello' }],
        prompt_cache_key: `e2e ${n}`,
      }),
    })
    await response.text()
    return response.headers.get('x-request-id') ?? ''
  }

  beforeAll(async () => {
    latchkey = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD } })
    secret = (await latchkey.createKey({ name: 'checkout' })).secret
    const limited = await latchkey.createKey({ name: 'limited' })
    const { errors } = await graphql(
      latchkey,
      `mutation ($id: ID!) {
        updateApiKey(input: { id: $id, policy: { models: { allow: ["other"] } } }) { userErrors { code } }
      }`,
      { id: `key_${limited.id}` },
      { token: latchkey.adminToken },
    )
    expect(errors).toBeUndefined()
    for (let n = 0; n < 3; n++) await call(secret, n)
    denied = await call(limited.secret, 3)
    browser = await launchBrowser()
    page = await (await browser.newContext({ locale: 'en-US' })).newPage()
    await signInTo(page, latchkey.url)
  })
  afterAll(async () => {
    await browser?.close()
    await latchkey?.close()
  })

  /** Once the rows are those of the filter, and the menu is there that the button got with the focus. */
  const openByKeyboard = async (button: Locator) => {
    const state = async () => {
      await button.focus()
      return button.getAttribute('data-state')
    }
    await expect.poll(state).toBe('closed')
    await button.press('Enter')
  }

  const onPhone = async () => {
    const context = await browser.newContext({
      locale: 'en-US',
      hasTouch: true,
      viewport: { width: 390, height: 800 },
    })
    const phone = await context.newPage()
    await signInTo(phone, latchkey.url)
    return { phone, close: () => context.close() }
  }

  const rows = () => page.getByTestId('log-row')

  test('the query bar asks by a name, and says what it does not understand', async () => {
    await page.goto(`${latchkey.url}/logs`)
    await rows().nth(3).waitFor()
    const bar = page.getByRole('combobox', { name: 'Search request logs' })
    await bar.fill('key:checkout outcome:success duration:<1h')
    await bar.press('Enter')
    await rows().nth(2).waitFor()
    await page.getByText('3 matching calls', { exact: true }).waitFor()
    await bar.fill('-key:checkout')
    await bar.press('Enter')
    await page.getByText('the server cannot exclude a value').waitFor()
    expect(new URL(page.url()).searchParams.get('outcome')).toBe('success')
  })

  test('a facet filters, in the URL and in the bar; Back takes it away', async () => {
    await page.goto(`${latchkey.url}/logs`)
    await page
      .getByRole('region', { name: 'Outcome' })
      .getByRole('link', { name: /Denied/ })
      .click()
    await page.getByText('1 matching call', { exact: true }).waitFor()
    expect(await page.getByTestId('logs-query').inputValue()).toBe('outcome:denied')
    await expect.poll(() => rows().count()).toBe(1)
    await page.goBack()
    await rows().nth(3).waitFor()
  })

  test('a pasted request id opens its record, with the cause and one action', async () => {
    const bar = page.getByTestId('logs-query')
    await bar.fill(denied)
    await bar.press('Enter')
    const record = page.getByRole('dialog', { name: 'Request log' })
    await record.getByText('The key may not use this model.').waitFor()
    const action = record.getByTestId('log-cause').getByRole('link', { name: 'Change the limits' })
    expect(await action.getAttribute('href')).toMatch(/^\/keys\/key_\d+\?tab=limits$/)
    await record.getByRole('link', { name: 'Shape' }).click()
    await record.getByText('How many messages, which tools and parameters').waitFor()
    await record.getByText("The content of this key's calls is not kept.").waitFor()
    expect(new URL(page.url()).searchParams.get('part')).toBe('shape')
    await record.getByRole('link', { name: 'JSON' }).click()
    expect(JSON.parse((await record.getByTestId('log-json').textContent()) ?? '')).toMatchObject({
      id: denied,
    })
    expect(await axeViolations(page)).toEqual([])
  })

  test('an id without a log says when its call arrived and why it may be missing, and leads on', async () => {
    const unknown = 'req_017f22e279b07cc398c4dc0c0c07398f'
    await page.goto(`${latchkey.url}/logs/${unknown}`)
    const missing = page.getByRole('alert')
    await missing.getByText('By its id, this call arrived at Feb 22, 2022').waitFor()
    await missing.getByText('LATCHKEY_LOG_RETENTION_DAYS (90)').waitFor()
    await missing.getByRole('button', { name: 'Try again' }).waitFor()
    await missing.getByRole('link', { name: 'Search for this text' }).click()
    await page.waitForURL(`**/logs?range=all&q=${unknown}`)
    await page.getByText('No request logs').waitFor()
    await page.goto(`${latchkey.url}/logs?peek=req_12`)
    await page.getByText('This is not a whole request id').waitFor()
    await page.getByRole('link', { name: 'To the list: Request logs' }).click()
    await rows().nth(3).waitFor()
    expect(new URL(page.url()).searchParams.has('peek')).toBe(false)
  })

  test('the page of a record leads through the list that it was opened from', async () => {
    const id = () => page.getByTestId('log-id').textContent()
    const newer = page.getByRole('button', { name: 'Newer' })
    const older = page.getByRole('button', { name: 'Older' })
    await page.goto(`${latchkey.url}/logs?outcome=success`)
    await rows().nth(2).waitFor()
    // Every digit of its cost is its title, so that it lies above the link of the row.
    await rows().first().locator('td.num span[title]').first().click()
    const panel = page.getByRole('dialog', { name: 'Request log' })
    await panel.getByText('1 of 3', { exact: true }).waitFor()
    await panel.getByRole('link', { name: 'Open as a page' }).click()
    await page.waitForURL(/\/logs\/req_\w+\?outcome=success&range=24h$/)
    await older.and(page.locator(':enabled')).waitFor()
    expect(await newer.isDisabled()).toBe(true)
    const seen = [await id()]
    for (const step of [1, 2]) {
      await page.keyboard.press('j')
      await expect.poll(id).not.toBe(seen.at(-1))
      seen.push(await id())
      if (step === 1) await older.and(page.locator(':enabled')).waitFor()
    }
    await older.and(page.locator(':disabled')).waitFor()
    await page.getByText('3 of 3', { exact: true }).waitFor()
    await newer.click()
    await expect.poll(id).toBe(seen[1])
    await page.getByText('2 of 3', { exact: true }).waitFor()
    const all = await graphql(
      latchkey,
      '{ requestLogs(filter: { outcome: [SUCCESS] }) { nodes { id } } }',
      {},
      { token: latchkey.adminToken },
    )
    const { nodes } = (all.data as { requestLogs: { nodes: { id: string }[] } }).requestLogs
    expect(seen).toEqual(nodes.map((node) => node.id))
    // Back leads to the list, as if one record had been read.
    await page.goBack()
    await page.waitForURL(/\/logs\?outcome=success/)
    // Opened without a list, it is one of all calls.
    await page.goto(`${latchkey.url}/logs/${seen[0]}`)
    await newer.and(page.locator(':enabled')).click()
    await expect.poll(id).toBe(denied)
    await page.keyboard.press('?')
    await page.getByRole('dialog').getByText('Next record').waitFor()
    await page.keyboard.press('Escape')
  })

  test('a call over a limit says whose it is and when it resets, and leads to where it is raised', async () => {
    const capped = await latchkey.createKey({ name: 'capped' })
    const { errors } = await graphql(
      latchkey,
      `mutation ($id: ID!) {
        updateApiKey(input: { id: $id, policy: { limits: [{ unit: REQUESTS, window: DAY, max: 2 }] } }) {
          userErrors { code }
        }
      }`,
      { id: `key_${capped.id}` },
      { token: latchkey.adminToken },
    )
    expect(errors).toBeUndefined()
    for (const n of [10, 11]) await call(capped.secret, n)
    await page.goto(`${latchkey.url}/logs/${await call(capped.secret, 12)}`)
    const cause = page.getByTestId('log-cause')
    await cause.getByText('Denied by the key’s rule “2 requests a day”.').waitFor()
    expect(await cause.getByTestId('denial').textContent()).toMatch(/It resets in .+: .+\./)
    await cause.getByText('Used by then: 2. This call requested 1.').waitFor()
    const raise = cause.getByRole('link', { name: 'Raise the limit' })
    expect(await raise.getAttribute('href')).toBe(`/keys/key_${capped.id}?tab=limits`)
    expect(await cause.getByRole('link', { name: 'Explain the rules' }).getAttribute('href')).toContain(
      'tab=explain',
    )
  })

  test('errors are grouped by code and endpoint', async () => {
    await page.goto(`${latchkey.url}/logs?view=errors`)
    const group = page.getByTestId('error-groups').getByRole('listitem').first()
    await group.getByText('/v1/chat/completions').waitFor()
    await group.getByRole('link', { name: 'model_not_allowed' }).click()
    await page.getByText('1 matching call', { exact: true }).waitFor()
    await expect.poll(() => rows().count()).toBe(1)
  })

  test('the error groups say how many are left out, and show them', async () => {
    // A server that denies for thirteen reasons.
    const codes = Array.from({ length: 13 }, (_, n) => ({
      value: `code_${n}`,
      label: `code_${n}`,
      count: 20 - n,
    }))
    await page.route('**/graphql', (route) => {
      const { query = '', variables } = route.request().postDataJSON() ?? {}
      if (!query.includes('requestLogFacets') || variables.field !== 'ERROR_CODE') return route.continue()
      const requestLogFacets = { partial: false, values: codes.slice(0, variables.first) }
      return route.fulfill({ json: { data: { requestLogFacets } } })
    })
    await page.goto(`${latchkey.url}/logs?view=errors`)
    await page.getByText('The 12 most frequent of 13 error codes.').waitFor()
    const last = page.getByTestId('error-groups').getByRole('link', { name: 'code_12' })
    expect(await last.count()).toBe(0)
    await page.getByRole('button', { name: 'Show 1 more' }).click()
    await last.waitFor()
    expect(await page.getByText('most frequent of').count()).toBe(0)
    await page.unroute('**/graphql')
  })

  test('a value of a call filters at the pointer, by the keyboard and by touch', async () => {
    const bar = page.getByTestId('logs-query')
    await page.goto(`${latchkey.url}/logs?outcome=denied`)
    const row = rows().filter({ hasText: 'model_not_allowed' })
    await row.getByText('model_not_allowed').hover()
    await row.getByRole('link', { name: 'Filter by Error code: model_not_allowed' }).click()
    await expect.poll(() => bar.inputValue()).toBe('outcome:denied error:model_not_allowed')
    await openByKeyboard(row.getByTestId('filter-menu'))
    await page.getByRole('menuitem', { name: /^Filter by HTTP status: 4\d\d$/ }).press('Enter')
    await expect.poll(() => bar.inputValue()).toMatch(/ status:4\d\d$/)
    const { phone, close } = await onPhone()
    await phone.goto(`${latchkey.url}/logs?outcome=denied`)
    await phone.getByTestId('log-row').first().getByTestId('filter-menu').tap()
    await phone.getByRole('menuitem', { name: 'Filter by time: this minute' }).tap()
    await phone.waitForURL(/outcome=denied&from=.+%3A00\.000Z&to=/)
    await phone.getByTestId('log-row').first().getByText('echo').tap()
    await phone.getByTestId('log-record').getByTestId('filter-menu').tap()
    await phone.getByRole('menuitem', { name: /^Filter by Duration: >=\d+ms$/ }).tap()
    await phone.waitForURL(/duration=%3E%3D\d+ms/)
    await close()
  })

  test('exports what the filter shows', async () => {
    const waiting = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Export' }).click()
    await page.getByRole('menuitem', { name: 'As CSV' }).click()
    const stream = await (await waiting).createReadStream()
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk as Buffer)
    const lines = Buffer.concat(chunks).toString('utf8').trim().split('\r\n')
    expect(lines).toHaveLength(2)
    expect(lines[1]).toContain(denied)
  })

  test('shows calls as they end', async () => {
    await page.goto(`${latchkey.url}/logs`)
    await rows().nth(3).waitFor()
    await page.getByRole('switch', { name: 'Live' }).click()
    await page.waitForURL(/live=1/)
    await expect
      .poll(
        async () => {
          await call(secret, Math.random())
          return rows().count()
        },
        { timeout: 30_000, interval: 500 },
      )
      .toBeGreaterThan(4)
    // Further down new calls wait, and are shown at the top of the page.
    await page.setViewportSize({ width: 1280, height: 300 })
    await page.evaluate(() => window.scrollTo({ top: 10_000 }))
    const pending = page.getByTestId('live-pending')
    await expect
      .poll(async () => {
        await call(secret, Math.random())
        return pending.count()
      })
      .toBe(1)
    await pending.click()
    await expect.poll(() => page.evaluate(() => window.scrollY)).toBe(0)
  })

  test('J goes on behind the rows that are loaded, and the list follows', async () => {
    const many = await latchkey.createKey({ name: 'many' })
    const read = async (part: string) => {
      const { data } = await graphql(
        latchkey,
        `query ($of: RequestLogFilter!) { requestLogs(first: 100, filter: $of) { ${part} } }`,
        { of: { apiKeyId: [`key_${many.id}`] } },
        { token: latchkey.adminToken },
      )
      return (data as { requestLogs: { totalCount: number; nodes: { id: string }[] } }).requestLogs
    }
    await Promise.all(Array.from({ length: 105 }, (_, n) => call(many.secret, 1000 + n)))
    await expect.poll(async () => (await read('totalCount')).totalCount).toBe(105)
    const last = (await read('nodes { id }')).nodes.at(-1)?.id ?? ''
    await page.setViewportSize({ width: 1280, height: 720 })
    await page.goto(`${latchkey.url}/logs?key=key_${many.id}&peek=${last}`)
    const panel = page.getByRole('dialog', { name: 'Request log' })
    await panel.getByText('100 of 105', { exact: true }).waitFor()
    await page.keyboard.press('j')
    await panel.getByText('101 of 105', { exact: true }).waitFor()
    const current = page.locator('[data-testid="log-row"][aria-current="true"]')
    await current.waitFor()
    const box = await current.boundingBox()
    expect(box?.y).toBeGreaterThan(0)
    expect(box?.y).toBeLessThan(720)
    // A link to a row that is not loaded leads on from it, too.
    await page.reload()
    await page.getByRole('button', { name: 'Newer' }).and(page.locator(':enabled')).waitFor()
    await page.keyboard.press('k')
    await panel.getByText('100 of 105', { exact: true }).waitFor()
    expect(await page.getByTestId('log-id').textContent()).toBe(last)
  })
})
