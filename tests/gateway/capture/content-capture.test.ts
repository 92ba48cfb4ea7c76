// What is kept of the content of calls: as much as their key's policy says, and never a secret of the gateway's.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { contentOf } from '../../support/server/call-contents.ts'
import { chat, chatBody, post } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logInTime } from '../../support/server/request-logs.ts'
import { makeRuledKey, type RuledKey } from '../../support/server/ruled-keys.ts'
import {
  COMPLETION,
  chatChunks,
  chatStream,
  event,
  startEvents,
} from '../../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

const CREDENTIAL = 'up-canary-0815'
const MAX_BYTES = 2_048
const MODES = ['METADATA', 'ERRORS', 'FULL'] as const

let upstream: TestUpstream
let latchkey: TestLatchkey
let plain: { id: number; secret: string }
const keys = {} as Record<(typeof MODES)[number], RuledKey>

beforeAll(async () => {
  upstream = await startUpstream((_request, response) => json(response, 200, COMPLETION))
  latchkey = await startLatchkey({
    env: {
      LATCHKEY_UPSTREAM_URL: upstream.baseUrl,
      LATCHKEY_UPSTREAM_KEY: CREDENTIAL,
      LATCHKEY_DRAIN_SECONDS: '0',
      LATCHKEY_CONTENT_MAX_BYTES: String(MAX_BYTES),
      LATCHKEY_CONTENT_REDACT: 'email,card,token,base64',
      LATCHKEY_CONTENT_REDACT_PATTERNS: JSON.stringify(['ACME-\\d{6}', '(z+)+$']),
    },
  })
  plain = await latchkey.createKey()
  for (const capture of MODES) keys[capture] = await makeRuledKey(latchkey, { capture })
})
beforeEach(() => {
  upstream.respondWith((_request, response) => json(response, 200, COMPLETION))
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

const idOf = (reply: Response) => reply.headers.get('x-request-id')
const reported = (reply: Response) => reply.headers.get('x-latchkey-content-capture')

/** Reads the response to its end, and its captured content. */
async function kept(asked: Promise<Response>) {
  const reply = await asked
  const text = await reply.text().catch(() => null)
  return { reply, text, ...(await contentOf(latchkey, idOf(reply))) }
}

test('nothing is captured unless configured, and no header says so', async () => {
  const { reply, content, contentUnavailableReason } = await kept(chat(latchkey, plain.secret))
  expect(reported(reply)).toBeNull()
  expect(content).toBeNull()
  expect(contentUnavailableReason).toBe('CAPTURE_OFF')
  expect(await latchkey.app.store.prisma.callContent.count()).toBe(0)
})

describe.each(MODES)('%s', (capture) => {
  const header = capture.toLowerCase()
  const metadata = { kept: 'METADATA', request: null, response: null, redactions: 0 }

  test('a call that succeeds', async () => {
    const body = chatBody({ temperature: 0.5, tools: [{ type: 'function', function: { name: 'look_up' } }] })
    const { reply, text, content, contentUnavailableReason } = await kept(
      post(latchkey, keys[capture].secret, '/v1/chat/completions', body),
    )
    expect(reported(reply)).toBe(header)
    expect(contentUnavailableReason).toBeNull()
    expect(content).toMatchObject({
      ...(capture === 'FULL' ? { kept: 'CONTENT', request: body, response: text } : metadata),
      requestType: 'application/json',
      responseType: 'application/json',
      requestTruncated: false,
      responseTruncated: false,
      shape: {
        messages: 1,
        roles: [{ role: 'user', count: 1 }],
        tools: ['look_up'],
        parameters: [
          { name: 'model', value: 'm1' },
          { name: 'temperature', value: '0.5' },
        ],
      },
    })
    const keptMs = Date.parse(content?.expiresAt ?? '') - Date.now()
    expect(keptMs / 86_400_000).toBeCloseTo(7, 1)
  })

  test('a call that its upstream fails', async () => {
    const error = { message: 'no such thing', type: 't', param: null, code: 'c' }
    upstream.respondWith((_request, response) => json(response, 500, { error }))
    const { reply, text, content } = await kept(chat(latchkey, keys[capture].secret))
    expect([reply.status, reported(reply)]).toEqual([500, header])
    expect(content).toMatchObject(
      capture === 'METADATA' ? metadata : { kept: 'CONTENT', request: chatBody(), response: text },
    )
  })

  test('a call that is denied once it has been read', async () => {
    const { secret } = await makeRuledKey(latchkey, { capture, models: { deny: ['m1'] } })
    const { reply, text, content } = await kept(chat(latchkey, secret))
    expect([reply.status, reported(reply)]).toEqual([403, header])
    expect(content).toMatchObject(
      capture === 'FULL' ? { kept: 'CONTENT', request: chatBody(), response: text } : metadata,
    )
  })

  test('a stream', async () => {
    upstream.respondWith((_request, response) => {
      startEvents(response)
      response.end(chatStream(true))
    })
    const { reply, text, content } = await kept(chat(latchkey, keys[capture].secret, { stream: true }))
    expect(reported(reply)).toBe(header)
    // As it went out: the usage that only the gateway requested is not in it.
    expect(text).not.toContain('prompt_tokens')
    expect(content).toMatchObject(capture === 'FULL' ? { kept: 'CONTENT', response: text } : metadata)
    expect(content?.responseType).toBe('text/event-stream; charset=utf-8')
  })

  test('a stream that breaks', async () => {
    upstream.respondWith((_request, response) => {
      startEvents(response)
      response.write(event(chatChunks(false)[1]), () => setImmediate(() => response.destroy()))
    })
    const reply = await chat(latchkey, keys[capture].secret, { stream: true })
    await reply.text().catch(() => null)
    expect(await logInTime(latchkey, idOf(reply) ?? '')).toMatchObject({ outcome: 'ERROR' })
    const { content } = await contentOf(latchkey, idOf(reply))
    if (capture === 'METADATA') return expect(content).toMatchObject(metadata)
    expect(content?.response).toContain('"Hi"')
    expect(content?.response).toContain('upstream_interrupted')
  })

  test('a call whose client disconnects', async () => {
    const remaining = new AbortController()
    upstream.respondWith((_request, response) => {
      startEvents(response)
      response.write(event(chatChunks(false)[1]))
    })
    const reply = await chat(latchkey, keys[capture].secret, { stream: true }, { signal: remaining.signal })
    const reader = reply.body?.getReader()
    await reader?.read()
    remaining.abort()
    expect(await logInTime(latchkey, idOf(reply) ?? '')).toMatchObject({ outcome: 'CANCELLED' })
    const { content } = await contentOf(latchkey, idOf(reply))
    expect(content).toMatchObject(capture === 'FULL' ? { kept: 'CONTENT' } : metadata)
    if (capture === 'FULL') expect(content?.response).toContain('"Hi"')
  })
})

describe('of a long body the beginning is kept', () => {
  test('up to the last whole character', async () => {
    // Three bytes each: the limit is in the middle of one.
    const body = chatBody({ messages: [{ role: 'user', content: '日'.repeat(2_000) }] })
    const { content } = await kept(post(latchkey, keys.FULL.secret, '/v1/chat/completions', body))
    expect(content).toMatchObject({ requestTruncated: true, responseTruncated: false, shape: null })
    const request = content?.request ?? ''
    expect(body.startsWith(request)).toBe(true)
    expect(Buffer.byteLength(request)).toBeLessThanOrEqual(MAX_BYTES)
    expect(Buffer.byteLength(request)).toBeGreaterThan(MAX_BYTES - 3)
  })

  test('of a stream, too, which continues for its client', async () => {
    upstream.respondWith((_request, response) => {
      startEvents(response)
      for (let n = 0; n < 50; n++) response.write(event(chatChunks(false)[2]))
      response.end(chatStream(false))
    })
    const { text, content } = await kept(chat(latchkey, keys.FULL.secret, { stream: true }))
    expect(text).toContain('[DONE]')
    expect(content?.responseTruncated).toBe(true)
    expect(text?.startsWith(content?.response ?? '-')).toBe(true)
    expect(Buffer.byteLength(content?.response ?? '')).toBeGreaterThan(MAX_BYTES - 3)
  })

  test('without a secret that is split there', async () => {
    const { secret } = keys.FULL
    const before = chatBody({ messages: [{ role: 'user', content: '' }] }).indexOf('""') + 1
    const content = `${'-'.repeat(MAX_BYTES - before - 6)}${secret} and more`
    const body = chatBody({ messages: [{ role: 'user', content }] })
    expect(body.slice(0, MAX_BYTES).endsWith(secret.slice(0, 6))).toBe(true)
    const read = await kept(post(latchkey, secret, '/v1/chat/completions', body))
    expect(read.content?.request).not.toContain(secret.slice(0, 6))
    expect(read.content?.request).toContain('-'.repeat(100))
  })
})

describe('what must not be stored', () => {
  test('is taken out where it stands', async () => {
    const image = Buffer.alloc(600, 7).toString('base64')
    const words = [
      'write to jane.doe@example.com',
      'pay with 4111 1111 1111 1111 12/27',
      'token\nsk-abcdefghijklmnop1234',
      'order ACME-123456',
      `data:image/png;base64,${image}`,
    ]
    const { content } = await kept(
      chat(latchkey, keys.FULL.secret, { messages: [{ role: 'user', content: words.join('\n') }] }),
    )
    expect(JSON.parse(content?.request ?? '').messages[0].content.split('\n')).toEqual([
      'write to [email]',
      'pay with [card] 12/27',
      'token',
      '[token]',
      'order [redacted]',
      '[image/png, 600 bytes]',
    ])
    expect(content?.redactions).toBe(5)
  })

  test('also in pieces that only a whole stream makes', async () => {
    const { secret } = keys.FULL
    const words = [
      'my key is ',
      secret.slice(0, 10),
      secret.slice(10, 30),
      secret.slice(30),
      ', and jane',
      '@',
      'example.com',
    ]
    upstream.respondWith((_request, response) => {
      startEvents(response)
      const chunk = chatChunks(false)[1] as { choices: object[] }
      for (const content of words)
        response.write(event({ ...chunk, choices: [{ index: 0, delta: { content } }] }))
      response.end(event('[DONE]'))
    })
    const { text, content } = await kept(chat(latchkey, secret, { stream: true }))
    const said = (stream: string | null | undefined) =>
      [...(stream ?? '').matchAll(/"content":"([^"]*)"/g)].map(([, piece]) => piece)
    expect(said(text)).toEqual(words)
    expect(said(content?.response)).toEqual(['my key is ', '[api key]', '', '', ', and [email]', '', ''])
  })

  test('nor an imported secret, or the credential of the upstream, in pieces', async () => {
    const secret = 'Zk3.vX9~qL-7wT_e2Rb8Yp0uHs5mJ'
    const { data } = await latchkey.graphql(
      `mutation ($input: ImportApiKeysInput!) { importApiKeys(input: $input) { imported userErrors { message } } }`,
      { input: { items: [{ name: 'imported', secret, policy: { capture: 'FULL' } }] } },
    )
    expect(data.importApiKeys).toEqual({ imported: 1, userErrors: [] })
    const inPieces = (text: string) => text.match(/.{1,6}/g) ?? []
    const words = [...inPieces(secret), ' and ', ...inPieces(CREDENTIAL), ' end ', secret.slice(0, 15)]
    upstream.respondWith((_request, response) => {
      startEvents(response)
      for (const content of words) response.write(event({ choices: [{ index: 0, delta: { content } }] }))
      response.end(event('[DONE]'))
    })
    const { text, content } = await kept(chat(latchkey, secret, { stream: true }))
    expect(text).toContain('"Zk3.vX"')
    const said = [...(content?.response ?? '').matchAll(/"content":"([^"]*)"/g)].map(([, piece]) => piece)
    expect(said.join('')).toMatch(/^\*{29} and \*{14} end \*{15}$/)
  })

  test("nor the client's or the upstream's credential, in any form, by anybody, at any place on the disk", async () => {
    const { secret } = keys.FULL
    const repeated = { bearer: `Bearer ${secret}`, upper: secret.toUpperCase(), CREDENTIAL }
    upstream.respondWith((_request, response) => json(response, 200, { ...COMPLETION, repeated }))
    const { content } = await kept(chat(latchkey, secret, { metadata: repeated }))
    expect(content?.kept).toBe('CONTENT')
    for (const text of [content?.request, content?.response]) {
      expect(text).toContain('"upper":"')
      for (const reported of [secret, secret.toUpperCase(), CREDENTIAL]) expect(text).not.toContain(reported)
    }
  })

  test.for(MODES)('nor as a name in the shape of a request (%s)', async (capture) => {
    const { secret } = keys[capture]
    const { content } = await kept(chat(latchkey, secret, { model: secret, voice: 'alloy' }))
    expect(content?.shape?.parameters).toEqual([{ name: 'voice', value: 'alloy' }])
  })

  test('is not stored at all where a pattern takes too long over it', async () => {
    const { secret } = keys.FULL
    const { content, contentUnavailableReason } = await kept(
      chat(latchkey, secret, { messages: [{ role: 'user', content: 'z'.repeat(60) }] }),
    )
    expect(content).toBeNull()
    expect(contentUnavailableReason).toBe('NOT_REDACTED')
    // What comes behind it is.
    expect((await kept(chat(latchkey, secret))).content?.kept).toBe('CONTENT')
  })
})

test('of an HTML page instead of a response, too, and of a body without a type', async () => {
  for (const [type, status] of [
    ['text/html', 502],
    [undefined, 200],
  ] as const) {
    upstream.respondWith((_request, response) => {
      const body = status === 200 ? JSON.stringify(COMPLETION) : '<h1>Bad gateway</h1>'
      response.writeHead(status, type === undefined ? {} : { 'content-type': type }).end(body)
    })
    const { text, content } = await kept(chat(latchkey, keys.FULL.secret))
    expect(content).toMatchObject({ kept: 'CONTENT', response: text })
  }
})

test('of forms and files the type alone is kept; of the JSON response to them the text', async () => {
  upstream.respondWith((_request, response) => json(response, 200, { text: 'spoken' }))
  const form = new FormData()
  form.set('model', 'm1')
  form.set('file', new Blob([Buffer.alloc(100)]), 'a.wav')
  const asked = fetch(`${latchkey.url}/v1/audio/transcriptions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${keys.FULL.secret}` },
    body: form,
  })
  const transcribed = await kept(asked)
  expect(transcribed.content).toMatchObject({ kept: 'CONTENT', request: null, response: '{"text":"spoken"}' })
  expect(transcribed.content?.requestType).toMatch(/^multipart\/form-data/)
  upstream.respondWith((_request, response) => {
    response.writeHead(200, { 'content-type': 'audio/mpeg' }).end(Buffer.alloc(100))
  })
  const audio = await kept(post(latchkey, keys.FULL.secret, '/v1/audio/speech', chatBody()))
  expect(audio.content).toMatchObject({ request: chatBody(), responseType: 'audio/mpeg', response: null })
})

test('a call that is refused before its body is read captures nothing, and neither does a response of the gateway itself', async () => {
  for (const path of ['/v1/nothing', '/v1/models']) {
    const { reply, content, contentUnavailableReason } = await kept(
      fetch(`${latchkey.url}${path}`, { headers: { authorization: `Bearer ${keys.FULL.secret}` } }),
    )
    expect(reported(reply)).toBe('full')
    expect({ content, contentUnavailableReason }).toEqual({
      content: null,
      contentUnavailableReason: 'NOT_STORED',
    })
  }
})

test('reading text writes an audit event; reading its shape does not', async () => {
  const { prisma } = latchkey.app.store
  const reads = () => prisma.auditEvent.findMany({ where: { action: 'request_log.read_content' } })
  const full = idOf(await chat(latchkey, keys.FULL.secret))
  const shape = idOf(await chat(latchkey, keys.METADATA.secret))
  const before = (await reads()).length
  await contentOf(latchkey, shape)
  expect(await reads()).toHaveLength(before)
  await contentOf(latchkey, full)
  const after = await reads()
  expect(after).toHaveLength(before + 1)
  expect(after.at(-1)).toMatchObject({
    actorType: 'ADMIN_TOKEN',
    targetType: 'RequestLog',
    targetId: full,
    targetLabel: '/v1/chat/completions',
  })
})

test('it goes with its key', async () => {
  const key = await makeRuledKey(latchkey, { capture: 'FULL' })
  const id = idOf(await chat(latchkey, key.secret)) ?? ''
  expect((await contentOf(latchkey, id)).content?.kept).toBe('CONTENT')
  const { prisma } = latchkey.app.store
  const before = await prisma.callContent.count()
  await latchkey.graphql(
    'mutation ($input: DeleteApiKeyInput!) { deleteApiKey(input: $input) { userErrors { message } } }',
    { input: { id: key.id } },
  )
  await expect.poll(() => prisma.callContent.count()).toBe(before - 1)
})

test('the configuration decides for keys whose policy says nothing, and a policy over it', async () => {
  const other = await startLatchkey({
    env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_CONTENT_CAPTURE: 'full' },
  })
  try {
    const { secret } = await other.createKey()
    const reply = await chat(other, secret)
    expect(reported(reply)).toBe('full')
    expect((await contentOf(other, idOf(reply))).content?.request).toBe(chatBody())
    const off = await chat(other, (await makeRuledKey(other, { capture: 'OFF' })).secret)
    expect(reported(off)).toBeNull()
    expect(await contentOf(other, idOf(off))).toEqual({
      content: null,
      contentUnavailableReason: 'CAPTURE_OFF',
    })
  } finally {
    await other.close()
  }
})
