// A browser's realtime session by the official SDK: a server makes a client secret with its key, and the browser opens the session
// with that alone.
import { once } from 'node:events'
import { connect } from 'node:net'
import OpenAI from 'openai'
import { OpenAIRealtimeWS } from 'openai/realtime/ws'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { type SecretUpstream, startSecretUpstream } from '../support/upstreams/secret-upstream.ts'

const CREDENTIAL = 'sk-realtime-upstream'

let upstream: SecretUpstream
let latchkey: TestLatchkey
beforeAll(async () => {
  upstream = await startSecretUpstream([CREDENTIAL])
  latchkey = await startLatchkey({
    env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_UPSTREAM_KEY: CREDENTIAL },
  })
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

test.for(['through the gateway', 'directly'])('%s', async (side) => {
  const isDirect = side === 'directly'
  const baseURL = isDirect ? upstream.baseUrl : `${latchkey.url}/v1`
  const apiKey = isDirect ? CREDENTIAL : (await latchkey.createKey()).secret
  const made = await new OpenAI({ baseURL, apiKey }).realtime.clientSecrets.create({
    session: { type: 'realtime', model: 'gpt-realtime' },
  })
  expect(made).toMatchObject({ value: expect.stringMatching(/^ek_/), session: { type: 'realtime' } })

  const browser = new OpenAI({ baseURL, apiKey: made.value })
  const { hostname, port } = new URL(baseURL)
  // The SDK speaks wss alone; TLS ends at the proxy in front of a gateway.
  const options = { createConnection: () => connect(Number(port), hostname) }
  const session = new OpenAIRealtimeWS({ model: 'gpt-realtime', options }, browser)
  await once(session.socket, 'open')
  session.send({ type: 'response.create' })
  const [done] = await new Promise<unknown[]>((resolve) =>
    session.on('response.done', (event) => resolve([event])),
  )
  expect(done).toMatchObject({ response: { usage: { total_tokens: 10_000 } } })
  session.close()

  const response = await fetch(`${baseURL}/realtime/calls`, {
    method: 'POST',
    headers: { authorization: `Bearer ${made.value}`, 'content-type': 'application/sdp' },
    body: 'v=0',
  })
  expect(response.status).toBe(201)
  await expect(browser.models.list()).rejects.toThrow('401')
})
