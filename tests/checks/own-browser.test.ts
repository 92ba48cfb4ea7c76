import { once } from 'node:events'
import { createServer } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { chromiumUnavailableReason, launchBrowser } from '../support/browser/chromium.ts'

test("the tests' browser runs a page from this machine", async ({ skip }) => {
  skip(chromiumUnavailableReason !== undefined, chromiumUnavailableReason)
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end('<p></p><script>document.querySelector("p").textContent = navigator.language</script>')
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')

  const browser = await launchBrowser()
  onTestFinished(() => browser.close())
  const page = await browser.newPage({ locale: 'zh-CN' })
  await page.goto(`http://127.0.0.1:${address.port}/`)
  expect(await page.textContent('p')).toBe('zh-CN')
})
