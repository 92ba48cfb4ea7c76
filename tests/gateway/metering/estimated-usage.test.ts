// Token usage where an upstream reports none, and where the client disconnects before it is reported.
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSocket } from '../../support/clients/raw-http.ts'
import { chat } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logOf, requestLogs } from '../../support/server/request-logs.ts'
import { chatChunks, event, startEvents } from '../../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

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

test('a stream without usage is estimated, and its client sees every byte as it came', async () => {
  const text = event(written('Hello there')) + event('[DONE]')
  upstream.respondWith((_request, response) => {
    startEvents(response)
    response.end(text)
  })
  const messages = [{ role: 'user', content: 'Say hello' }]
  const reply = await chat(latchkey, secret, { stream: true, messages })
  expect(await reply.text()).toBe(text)
  expect(await logOf(latchkey, reply)).toMatchObject({
    outcome: 'SUCCESS',
    usageSource: 'ESTIMATED',
    inputTokens: 2,
    outputTokens: 2,
  })
})

test('JSON without usage is estimated', async () => {
  upstream.respondWith((_request, response) => {
    json(response, 200, { choices: [{ message: { role: 'assistant', content: 'Hello there' } }] })
  })
  const reply = await chat(latchkey, secret, { messages: [{ role: 'user', content: 'Say hello' }] })
  await reply.text()
  expect(await logOf(latchkey, reply)).toMatchObject({
    usageSource: 'ESTIMATED',
    inputTokens: 2,
    outputTokens: 2,
  })
})

test('a megabyte of one letter is estimated', async () => {
  upstream.respondWith((_request, response) => {
    startEvents(response)
    for (let sent = 0; sent < 1_000_000; sent += 10_000) response.write(event(written('x'.repeat(10_000))))
    response.end(event('[DONE]'))
  })
  const reply = await chat(latchkey, secret, { stream: true })
  await reply.text()
  const { usageSource, outputTokens } = await logOf(latchkey, reply)
  expect(usageSource).toBe('ESTIMATED')
  expect(Number(outputTokens)).toBeGreaterThan(0.98 * (1_000_000 / 8))
  expect(Number(outputTokens)).toBeLessThan(1.02 * (1_000_000 / 8))
})

test('where the tokenizer is not loaded in time, the usage is a rough estimate, and none is missing', async () => {
  const server = await startLatchkey({
    env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl },
    limits: { estimateMs: 0 },
  })
  try {
    const key = await server.createKey()
    upstream.respondWith((_request, response) => {
      startEvents(response)
      response.end(event(written('Hello there')) + event('[DONE]'))
    })
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => chat(server, key.secret, { stream: true })),
    )
    await Promise.all(replies.map((reply) => reply.text()))
    for (const reply of replies) {
      expect(await logOf(server, reply)).toMatchObject({
        outcome: 'SUCCESS',
        usageSource: 'ESTIMATED',
        outputTokens: expect.any(Number),
      })
    }
  } finally {
    await server.close()
  }
})

test('an explicit 0 stays 0, and is no estimate', async () => {
  upstream.respondWith((_request, response) => {
    json(response, 200, { choices: [], usage: { prompt_tokens: 0, completion_tokens: 0 } })
  })
  const reply = await chat(latchkey, secret)
  await reply.text()
  expect(await logOf(latchkey, reply)).toMatchObject({
    usageSource: 'PROVIDER',
    inputTokens: 0,
    outputTokens: 0,
  })
})

test('an error is not estimated', async () => {
  upstream.respondWith((_request, response) => json(response, 400, { error: { message: 'no', type: 'x' } }))
  const reply = await chat(latchkey, secret)
  await reply.text()
  expect(await logOf(latchkey, reply)).toMatchObject({ usageSource: 'NONE', inputTokens: null })
})

test('a stream whose client has disconnected is read to its end for the true usage', async () => {
  const remaining = Promise.withResolvers<void>()
  upstream.respondWith(async (_request, response) => {
    startEvents(response)
    response.write(event(written('Hel')))
    await remaining.promise
    for (const chunk of chatChunks(true)) response.write(event(chunk))
    response.end(event('[DONE]'))
  })
  // By the byte, so that this connection is known on both its ends.
  const accepted = once(latchkey.app.server, 'connection')
  const client = await openSocket(latchkey.url)
  const [connection] = (await accepted) as [Socket]
  const body = JSON.stringify({ model: 'm1', stream: true, messages: [{ role: 'user', content: 'Hi' }] })
  client.write(
    `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${secret}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
  const [reply] = (await once(client, 'data')) as [Buffer]
  const disconnected = once(connection, 'close')
  client.destroy()
  await disconnected
  remaining.resolve()
  const id = /x-request-id: (\S+)/i.exec(reply.toString('latin1'))?.[1]
  await expect
    .poll(async () => (await requestLogs(latchkey)).find((log) => log.id === id))
    .toMatchObject({ outcome: 'CANCELLED', usageSource: 'PROVIDER', inputTokens: 9, outputTokens: 12 })
})
