// The playground in a real browser: a call as a chosen key, streamed, with its receipt and on the key's account; two models; a denial;
// Markdown, pictures and sound.
import { Latchkey } from '@latchkey/sdk'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, PASSWORD } from '../support/api/client.ts'
import { axeViolations } from '../support/browser/axe.ts'
import { chromiumUnavailableReason, launchBrowser } from '../support/browser/chromium.ts'
import { signInTo } from '../support/browser/sign-in.ts'
import {
  OPENAI_UPSTREAM_KEY,
  type OpenAiUpstream,
  startOpenAiUpstream,
} from '../support/openai-upstream/openai-upstream.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { makeModel, makeUpstream } from '../support/server/routed-models.ts'
import { type Responder, startUpstream, type TestUpstream } from '../support/upstreams/upstream.ts'

/** A response in Markdown that would run, load and lead to whatever its author likes. */
const MARKDOWN = `# Rotation

Keys **rotate** in [steps](https://docs.example/steps), not [here](javascript:hacked=1).

| Step | Secret | Until |
|---|---|---|
| 1 | both | the end of the period of grace, which an admin chooses |

\`\`\`js
if (a < b) rotate()
\`\`\`

![chart](https://tracker.example/pixel.png)
<script>hacked = 1</script><img src=x onerror="hacked = 1"><style>* { display: none }</style>
${'>'.repeat(5_000)} ${'deep '.repeat(200_000)}`

/** Begins chats, of which it ends those in Markdown alone. */
const respond: Responder = ({ path, json }, response) => {
  if (!path.endsWith('/chat/completions')) return void response.end('{"object":"list","data":[]}')
  const send = (content: string) =>
    response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`)
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  if ((json as { model: string }).model !== 'markdown') return void send('It begins')
  for (const part of MARKDOWN.match(/.{1,5000}/gs) ?? []) send(part)
  response.end('data: [DONE]\n\n')
}

describe.skipIf(chromiumUnavailableReason)('the playground', () => {
  let server: TestLatchkey
  let latchkey: Latchkey
  let upstream: TestUpstream
  let provider: OpenAiUpstream
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    server = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD, LATCHKEY_DRAIN_SECONDS: '0' } })
    upstream = await startUpstream(respond)
    provider = await startOpenAiUpstream()
    latchkey = new Latchkey({ url: server.url, adminToken: server.adminToken })
    browser = await launchBrowser()
    page = await (await browser.newContext({ locale: 'en-US' })).newPage()
    await signInTo(page, server.url)
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
    await upstream?.close()
    await provider?.close()
  })

  const make = async (name: string, policy: object | null = null) =>
    (await latchkey.keys.create({ name, policy })).apiKey
  const reply = () => page.getByTestId('reply').last()
  async function send(text: string) {
    await page.getByTestId('playground-message').fill(text)
    // The models of the key may still be on their way.
    await expect.poll(() => page.getByTestId('playground-send').isEnabled(), { timeout: 20_000 }).toBe(true)
    await page.keyboard.press('Control+Enter')
  }
  async function accessible() {
    expect(await axeViolations(page)).toEqual([])
  }

  test('chooses a key, sends, shows what arrives and its receipt, and the call is the key’s', async () => {
    const key = await make('checkout', { capture: 'FULL' })
    await page.getByRole('link', { name: 'Playground' }).click()
    await page.getByTestId('playground-key').click()
    await page.getByTestId('playground-key').fill('checkout')
    await page.getByRole('option', { name: 'checkout' }).click()
    await page.waitForURL(/[?&]key=key_\d+/)
    await send('Say **it** again, please')
    await reply().getByTestId('reply-text').filter({ hasText: 'Say it again, please' }).waitFor()
    await reply().getByTestId('reply-state').getByText('Complete').waitFor()
    await reply().getByTestId('reply-facts').getByText('Tokens in / out').waitFor()
    await reply().getByTestId('reply-receipt').click()
    const id = await reply().getByText(/^req_/).textContent()
    const log = await latchkey.logs.get(id ?? '')
    expect(log).toMatchObject({ outcome: 'SUCCESS', streamed: true, apiKey: { id: key.id } })
    expect(log.tags).toEqual(['source=playground'])
    expect(await latchkey.keys.get(key.id)).toMatchObject({ usageCount: 1 })
    await accessible()
    await reply().getByTestId('reply-code').click()
    expect(await reply().locator('pre').textContent()).toContain('$LATCHKEY_API_KEY')
    // The secret is in the memory of the page alone.
    expect(
      await page.evaluate(() => JSON.stringify([{ ...localStorage }, document.body.textContent])),
    ).not.toContain('ek_lk_')
    // Its content is shown as it was written, until Markdown is wanted.
    await reply().getByTestId('reply-log').click()
    const content = page.getByTestId('log-content')
    await content.getByText('Say **it** again, please').first().waitFor()
    await content.getByRole('button', { name: 'Markdown' }).click()
    await expect.poll(() => content.locator('strong').allTextContents()).toEqual(['it', 'it'])
    await page.getByRole('link', { name: 'Shape', exact: true }).click()
    const shape = page.getByTestId('log-shape')
    await shape.getByText('stream', { exact: true }).waitFor()
    expect(await shape.getByText('Say **it** again, please').count()).toBe(0)
  })

  test('a call is opened from its request log without its image, and one that is not kept says why', async () => {
    const { apiKey, secret } = await latchkey.keys.create({ name: 'replayed', policy: { capture: 'FULL' } })
    const other = await latchkey.keys.create({ name: 'not captured' })
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Who is there?' },
      { role: 'assistant', content: 'An echo.' },
      { role: 'user', content: [image, { type: 'text', text: 'What is it?' }] },
    ]
    const logged = async (as: string) => {
      const { requestId } = await call(server, as, { model: 'echo', messages, temperature: 0.5, seed: 7 })
      const isThere = () => latchkey.logs.get(requestId).then(Boolean, () => false)
      await expect.poll(isThere, { timeout: 20_000 }).toBe(true)
      return requestId
    }
    const id = await logged(secret)
    await page.goto(`${server.url}/logs/${id}`)
    await page.getByTestId('replay').click()
    await page.waitForURL(`${server.url}/playground?key=${apiKey.id}&model=echo`)
    expect(await page.getByTestId('playground-message').inputValue()).toBe('What is it?')
    expect(await page.getByTestId('playground-system').inputValue()).toBe('Be brief.')
    const notice = page.getByTestId('replay-notice')
    await notice.getByText('Left out of the request: images (1), seed.').waitFor()
    await page.getByTestId('earlier-exchange').getByText('An echo.').waitFor()
    await accessible()
    await page.getByTestId('playground-send').click()
    await reply().getByTestId('reply-state').getByText('Complete').waitFor()
    await reply().getByTestId('reply-code').click()
    const code = await reply().locator('pre').textContent()
    for (const part of ['Be brief.', 'An echo.', 'What is it?', '"temperature": 0.5'])
      expect(code).toContain(part)
    // It is there once: the playground opens empty after that.
    await page.reload()
    expect(await page.getByTestId('playground-message').inputValue()).toBe('')
    await page.goto(`${server.url}/logs/${await logged(other.secret)}`)
    await page.getByTestId('replay-obstacle').getByText('Without the text of its request').waitFor()
    expect(await page.getByTestId('replay').count()).toBe(0)
  })

  test('on a phone the conversation comes first, and what is called is chosen in a sheet', async () => {
    await make('on a phone')
    await page.setViewportSize({ width: 390, height: 844 })
    await page.goto(`${server.url}/playground`)
    await page.getByTestId('playground-message').waitFor()
    expect(await page.getByTestId('playground-setup').count()).toBe(0)
    await page.getByTestId('playground-open-setup').click()
    await page.getByTestId('playground-key').click()
    await page.getByTestId('playground-key').fill('on a phone')
    await page.getByRole('option', { name: 'on a phone' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click()
    await page.getByTestId('playground-open-setup').getByText('on a phone').waitFor()
    await send('Hello')
    await reply().getByTestId('reply-state').getByText('Complete').waitFor()
    // What is typed next stays in sight, above the bar at the bottom.
    const box = await page.getByTestId('playground-send').boundingBox()
    expect((box?.y ?? 844) + (box?.height ?? 0)).toBeLessThan(844 - 48)
    await accessible()
    await page.setViewportSize({ width: 1280, height: 720 })
  })

  test('sends the conversation to two models, each with what it has said itself', async () => {
    const key = await make('two models')
    await page.goto(`${server.url}/playground?key=${key.id}&model=echo&model2=auto`)
    await send('one')
    await expect.poll(() => page.getByTestId('reply').count()).toBe(2)
    await page.getByTestId('playground-send').waitFor()
    await page.getByTestId('reply-facts').nth(1).waitFor()
    expect(await page.getByTestId('reply').getByRole('heading').allTextContents()).toEqual(['echo', 'auto'])
  })

  test('says why a call was denied, and what the rules say', async () => {
    const key = await make('one a day', { limits: [{ unit: 'REQUESTS', window: 'DAY', max: 1 }] })
    await page.goto(`${server.url}/playground?key=${key.id}`)
    await send('first')
    await reply().getByTestId('reply-state').getByText('Complete').waitFor()
    await send('second')
    await reply().getByTestId('reply-state').getByText('Denied').waitFor()
    await reply().getByTestId('log-cause').getByText('request_limit_reached').waitFor()
    await reply().getByTestId('verdict').filter({ hasText: 'a day' }).waitFor()
    await accessible()
  })

  test('a call that is stopped, or whose page is left, ends', async () => {
    const key = await make('stopped')
    const { id } = await makeUpstream(server, upstream.baseUrl)
    const model = await makeModel(server, [{ upstream: id, upstreamModel: 'endless' }])
    await page.goto(`${server.url}/playground?key=${key.id}&model=${model}`)
    await send('begin')
    await reply().getByText('It begins').waitFor()
    await page.getByTestId('playground-stop').click()
    await reply().getByTestId('reply-state').getByText('Stopped').waitFor()
    const outcomes = async () =>
      (await latchkey.logs.list({ filter: { apiKeyId: [key.id] } })).items.map(({ outcome }) => outcome)
    await expect.poll(outcomes, { timeout: 20_000 }).toEqual(['CANCELLED'])
    await send('begin again')
    await reply().getByText('It begins').waitFor()
    await page.getByRole('link', { name: 'Overview' }).click()
    await expect.poll(outcomes, { timeout: 20_000 }).toEqual(['CANCELLED', 'CANCELLED'])
  })

  test('shows Markdown as elements, runs and loads nothing of it, and shows its text where that is wanted', async () => {
    const key = await make('markdown')
    const { id } = await makeUpstream(server, upstream.baseUrl)
    const model = await makeModel(server, [{ upstream: id, upstreamModel: 'markdown' }])
    const outside: string[] = []
    page.on('request', (request) => request.url().startsWith(server.url) || outside.push(request.url()))
    await page.goto(`${server.url}/playground?key=${key.id}&model=${model}`)
    await page.evaluate(() =>
      addEventListener('securitypolicyviolation', () => Object.assign(globalThis, { hacked: 'a violation' })),
    )
    await send('How do keys rotate?')
    await reply().getByTestId('reply-state').getByText('Complete').waitFor({ timeout: 50_000 })
    const text = reply().getByTestId('reply-text')
    await text.getByRole('heading', { name: 'Rotation', level: 4 }).waitFor()
    await text.getByRole('row', { name: /1 both the end/ }).waitFor()
    const link = text.getByRole('link', { name: 'steps' })
    const attributes = ['href', 'target', 'rel'].map((name) => link.getAttribute(name))
    expect(await Promise.all(attributes)).toEqual([
      'https://docs.example/steps',
      '_blank',
      'noopener noreferrer',
    ])
    expect(await text.getByRole('link').allTextContents()).toEqual(['steps', 'chart'])
    expect(await text.locator('img, script, style, iframe').count()).toBe(0)
    await text.getByText('<script>hacked = 1</script>').waitFor()
    expect(await text.getByText('if (a < b) rotate()').isVisible()).toBe(true)
    await text.getByRole('button', { name: 'Copy the code' }).waitFor()
    expect(await page.evaluate(() => 'hacked' in globalThis)).toBe(false)
    expect(outside).toEqual([])
    await reply().getByText('Its first 500,000 characters are here.').waitFor()
    await accessible()
    // What is wide scrolls in itself.
    await page.setViewportSize({ width: 320, height: 720 })
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320)
    await page.setViewportSize({ width: 1280, height: 720 })
    const forms = reply().getByRole('group', { name: 'Show texts as' })
    await forms.getByRole('button', { name: 'Text', exact: true }).click()
    await text.getByText('Keys **rotate** in [steps]').waitFor()
    expect(await text.getByRole('link').count()).toBe(0)
    await forms.getByRole('button', { name: 'Markdown' }).click()
    await link.waitFor()
  })

  test('offers what a model has a price for: pictures, speech, transcriptions', async () => {
    const key = await make('media')
    const credentials = [{ name: 'main', secret: OPENAI_UPSTREAM_KEY }]
    const { id } = await makeUpstream(server, provider.baseUrl, { credentials })
    const priced = (unit: string) =>
      makeModel(server, [{ upstream: id, upstreamModel: unit }], { price: { base: [{ unit, usd: '1' }] } })
    const open = async (model: string) => page.goto(`${server.url}/playground?key=${key.id}&model=${model}`)
    await open(await priced('IMAGE'))
    await page.getByPlaceholder('Describe the image').waitFor()
    await send('a pixel')
    const image = reply().getByTestId('reply-image')
    await expect.poll(() => image.evaluate((each) => (each as HTMLImageElement).naturalWidth)).toBe(8)
    await open(await priced('CHARACTER'))
    await page.getByPlaceholder('Type what is to be spoken').waitFor()
    await send('Good morning.')
    const sound = reply().getByTestId('reply-audio')
    expect(await sound.getAttribute('src')).toMatch(/^blob:/)
    // The policy of the page lets it play: a second, as it was made.
    await expect.poll(() => sound.evaluate((each) => (each as HTMLAudioElement).duration)).toBeCloseTo(1, 1)
    await open(await priced('SECOND'))
    await page.getByRole('button', { name: 'Choose a recording' }).waitFor()
    await page
      .getByTestId('playground-file')
      .setInputFiles({ name: 'greeting.mp3', mimeType: 'audio/mpeg', buffer: Buffer.alloc(64) })
    await page.getByTestId('playground-send').click()
    await reply().getByTestId('reply-text').filter({ hasText: 'heard 64 bytes' }).waitFor()
    const { items } = await latchkey.logs.list({ filter: { apiKeyId: [key.id] } })
    expect(items.map(({ endpoint, outcome }) => [endpoint, outcome])).toEqual(
      ['/v1/audio/transcriptions', '/v1/audio/speech', '/v1/images/generations'].map((path) => [
        path,
        'SUCCESS',
      ]),
    )
  })
})
