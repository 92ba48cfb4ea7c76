// That the check of the other files sees a fault which stays, and does not take a fade for one.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { axeViolations } from '../support/browser/axe.ts'
import { chromiumUnavailableReason, launchBrowser } from '../support/browser/chromium.ts'

const PALE = 'background: #fff; color: #ddd'

function documentWith(body: string) {
  return `<!doctype html><html lang="en"><title>A page</title><main><h1>A page</h1>${body}</main></html>`
}

describe.skipIf(chromiumUnavailableReason)('what axe finds', () => {
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
  })
  beforeEach(async () => {
    page = await (await browser.newContext()).newPage()
  })

  test('names each element of a fault that stays', async () => {
    await page.setContent(documentWith(`<p id="a" style="${PALE}">One</p><p id="b" style="${PALE}">Two</p>`))
    const found = await axeViolations(page)
    expect(found).toHaveLength(2)
    expect(found[0]).toMatch(/^color-contrast: <p id="a"/)
    expect(found[1]).toMatch(/^color-contrast: <p id="b"/)
    expect(await axeViolations(page, { within: '#b' })).toHaveLength(1)
  })

  test('leaves out what is gone a moment later', async () => {
    await page.setContent(documentWith(`<p style="${PALE}">A toast</p><button style="width:9px"></button>`))
    await page.evaluate(() => setTimeout(() => document.querySelector('p')?.remove(), 900))
    const found = await axeViolations(page)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(/^button-name/)
  })

  test('waits until a fade has ended', async () => {
    await page.setContent(documentWith('<p style="background:#fff;color:#000">A toast</p>'))
    await page.evaluate(() => {
      document.querySelector('p')?.animate([{ opacity: 0.2 }, { opacity: 1 }], 700)
    })
    expect(await axeViolations(page)).toEqual([])
  })
})
