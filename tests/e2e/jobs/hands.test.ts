// What a person does is counted as a person would count it.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { chromiumUnavailableReason, launchBrowser } from '../../support/browser/chromium.ts'
import { startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'
import { handsOn } from './hands.ts'

const PAGE = `<!doctype html><title>A form</title>
<label>Name <input id="name"></label>
<label>Unit <select><option>Calls</option><option>Tokens</option></select></label>
<button onclick="this.textContent = 'Saved'">Save</button>`

describe.skipIf(chromiumUnavailableReason)('the hands of a person', () => {
  let site: TestUpstream
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    site = await startUpstream(
      (_, response) => void response.setHeader('content-type', 'text/html').end(PAGE),
    )
    browser = await launchBrowser()
  })
  beforeEach(async () => {
    page = await (await browser.newContext()).newPage()
    await page.goto(site.baseUrl)
  })
  afterAll(async () => {
    await browser?.close()
    await site?.close()
  })

  test('count a click, and two for a choice from a list', async () => {
    const hands = handsOn(page)
    await hands.choose(page.getByLabel('Unit'), 'Tokens')
    await hands.click(page.getByRole('button', { name: 'Save' }))
    await page.getByRole('button', { name: 'Saved' }).waitFor()
    expect(hands.effort()).toEqual({ clicks: 3, keystrokes: 0 })
  })

  test('count each letter, and one keystroke for pasting any text', async () => {
    const hands = handsOn(page)
    await hands.click(page.getByLabel('Name'))
    await hands.type('ab')
    await hands.paste('req_0123456789')
    expect(await page.getByLabel('Name').inputValue()).toBe('abreq_0123456789')
    expect(hands.effort()).toEqual({ clicks: 1, keystrokes: 3 })
  })
})
