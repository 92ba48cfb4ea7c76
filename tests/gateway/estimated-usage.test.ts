// Token usage where an upstream tells none, and where the caller leaves before it is told.
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chatChunks, event, startEvents } from '../support/chat-answers.ts'
import { chat } from '../support/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../support/latchkey.ts'
import { logOf, requestLogs } from '../support/request-logs.ts'
import { json, startUpstream, type TestUpstream } from '../support/upstream.ts'

let upstream: TestUpstream
let latchkey: TestLatchkey
let secret = ''

beforeAll(async () => {
  upstream = await startUpstream((_request, response) => json(response, 500, {}))
  latchkey = await startLatchkey({
    env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_DRAIN_SECONDS: '20' },
  })
  secret = (await latchkey.createKey()).secret
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

const written = (content: string) => ({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })

test('a stream without usage is estimated, and its caller sees every byte as it came', async () => {
  const text = event(written('Hello there')) + event('[DONE]')
  upstream.answerWith((_request, response) => {
    startEvents(response)
    response.end(text)
  })
  const messages = [{ role: 'user', content: 'Say hello' }]
  const answer = await chat(latchkey, secret, { stream: true, messages })
  expect(await answer.text()).toBe(text)
  expect(await logOf(latchkey, answer)).toMatchObject({
    outcome: 'SUCCESS',
    usageSource: 'ESTIMATED',
    inputTokens: 2,
    outputTokens: 2,
  })
})

test('JSON without usage is estimated', async () => {
  upstream.answerWith((_request, response) => {
    json(response, 200, { choices: [{ message: { role: 'assistant', content: 'Hello there' } }] })
  })
  const answer = await chat(latchkey, secret, { messages: [{ role: 'user', content: 'Say hello' }] })
  await answer.text()
  expect(await logOf(latchkey, answer)).toMatchObject({
    usageSource: 'ESTIMATED',
    inputTokens: 2,
    outputTokens: 2,
  })
})

test('an explicit 0 stays 0, and is no estimate', async () => {
  upstream.answerWith((_request, response) => {
    json(response, 200, { choices: [], usage: { prompt_tokens: 0, completion_tokens: 0 } })
  })
  const answer = await chat(latchkey, secret)
  await answer.text()
  expect(await logOf(latchkey, answer)).toMatchObject({
    usageSource: 'PROVIDER',
    inputTokens: 0,
    outputTokens: 0,
  })
})

test('an error is not estimated', async () => {
  upstream.answerWith((_request, response) => json(response, 400, { error: { message: 'no', type: 'x' } }))
  const answer = await chat(latchkey, secret)
  await answer.text()
  expect(await logOf(latchkey, answer)).toMatchObject({ usageSource: 'NONE', inputTokens: null })
})

test('a stream whose caller has left is read to its end for the true usage', async () => {
  const left = Promise.withResolvers<void>()
  upstream.answerWith(async (_request, response) => {
    startEvents(response)
    response.write(event(written('Hel')))
    await left.promise
    for (const chunk of chatChunks(true)) response.write(event(chunk))
    response.end(event('[DONE]'))
  })
  const leaving = new AbortController()
  const answer = await chat(latchkey, secret, { stream: true }, { signal: leaving.signal })
  const reader = answer.body?.getReader()
  await reader?.read()
  const before = await connections()
  leaving.abort()
  // The gateway must have seen it go before the upstream goes on.
  await expect.poll(connections).toBeLessThan(before)
  left.resolve()
  const id = answer.headers.get('x-request-id')
  await expect
    .poll(async () => (await requestLogs(latchkey)).find((log) => log.id === id), { timeout: 10_000 })
    .toMatchObject({ outcome: 'CANCELLED', usageSource: 'PROVIDER', inputTokens: 9, outputTokens: 12 })
})

/** How many connections the gateway has open towards its callers. */
function connections(): Promise<number> {
  return promisify(latchkey.app.server.getConnections).call(latchkey.app.server)
}
