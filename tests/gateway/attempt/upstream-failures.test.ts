// What an upstream can do wrong, and the error that the client gets.
import { once } from 'node:events'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSocket, type RawUpstream, startRawUpstream } from '../../support/clients/raw-http.ts'
import { chat, chatBody, errorOf, post, readAll } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logOf, requestLogs } from '../../support/server/request-logs.ts'
import { chatChunks, event, startEvents } from '../../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

const CREDENTIAL = 'sk-upstream-canary-4711'

let upstream: TestUpstream
let latchkey: TestLatchkey
/** Waits for its upstream no longer than a test does; on a busy machine one that responds is silent as long, too. */
let impatient: TestLatchkey
let secret = ''

beforeAll(async () => {
  upstream = await startUpstream((_request, response) => void response.end())
  const env = { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_UPSTREAM_KEY: CREDENTIAL }
  latchkey = await startLatchkey({ env })
  impatient = await startLatchkey({ env, timeouts: { connectMs: 10_000, headMs: 1_500, idleMs: 300 } })
  secret = (await latchkey.createKey()).secret
})
afterAll(async () => {
  await latchkey.close()
  await impatient.close()
  await upstream.close()
})

describe('before its response', () => {
  test('a reset is a 502 that may be tried again', async () => {
    upstream.respondWith((_request, response) => void response.socket?.resetAndDestroy())
    const reply = await chat(latchkey, secret)
    expect(reply.status).toBe(502)
    expect(reply.headers.get('x-should-retry')).toBe('true')
    expect(reply.headers.get('x-latchkey-error-source')).toBe('upstream')
    expect(await errorOf(reply)).toMatchObject({ type: 'server_error', code: 'upstream_unreachable' })
    expect(await logOf(latchkey, reply)).toMatchObject({
      outcome: 'ERROR',
      httpStatus: 502,
      errorCode: 'upstream_unreachable',
      upstream: 'default',
    })
  })

  test('silence is a 504', async () => {
    upstream.respondWith(() => undefined)
    const reply = await chat(impatient, (await impatient.createKey()).secret)
    expect(reply.status).toBe(504)
    expect(await errorOf(reply)).toMatchObject({ code: 'upstream_timeout' })
    expect(await logOf(impatient, reply)).toMatchObject({ outcome: 'ERROR', errorCode: 'upstream_timeout' })
  })

  test('a refused credential is the gateway’s fault, not the client’s, and not retried', async () => {
    const error = {
      message: `Incorrect API key provided: ${CREDENTIAL}`,
      type: 'invalid_request_error',
      param: null,
      code: 'invalid_api_key',
    }
    upstream.respondWith((_request, response) =>
      json(response, 401, { error }, { 'www-authenticate': 'Bearer' }),
    )
    const reply = await chat(latchkey, secret)
    expect(reply.status).toBe(502)
    expect(reply.headers.get('x-should-retry')).toBe('false')
    expect(reply.headers.get('www-authenticate')).toBeNull()
    const reported = await errorOf(reply)
    expect(reported).toMatchObject({ code: 'upstream_refused_credential' })
    expect(JSON.stringify([reported, await logOf(latchkey, reply)])).not.toContain(CREDENTIAL)
  })

  test.for([301, 302, 303, 307, 308])('a redirect (%d) is not followed, nor passed on', async (status) => {
    upstream.received.length = 0
    upstream.respondWith((_request, response) => {
      response.writeHead(status, { location: `${upstream.baseUrl}/elsewhere`, 'set-cookie': 'a=b' })
      response.end('moved')
    })
    const reply = await chat(latchkey, secret, {}, { redirect: 'manual' })
    expect(reply.status).toBe(502)
    expect(reply.headers.get('location')).toBeNull()
    expect(await errorOf(reply)).toMatchObject({ code: 'upstream_redirected' })
    expect(upstream.received).toHaveLength(1)
  })

  test.for([
    ['no HTTP at all', 'hello\r\n\r\n'],
    ['a header over 64 KiB', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`],
    ['a broken header', 'HTTP/1.1 200 OK\r\nbad header line\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    [
      'a response of another protocol',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
    ],
    ['nothing', ''],
  ] as const)('%s is a 502', async ([, bytes]) => {
    await overRaw(bytes, async (raw, key) => {
      const reply = await chat(raw, key)
      expect(reply.status).toBe(502)
      expect(await errorOf(reply)).toMatchObject({ code: expect.stringMatching(/^upstream_/) })
    })
  })

  test('a header in no charset does not break the response', async () => {
    const bytes = 'HTTP/1.1 200 OK\r\nX-Note: \xff\xc3\xa9 \xe2\x82\xac\r\nContent-Length: 2\r\n\r\n{}'
    await overRaw(bytes, async (raw, key) => {
      const reply = await chat(raw, key)
      expect([200, 502]).toContain(reply.status)
      expect(await reply.text()).not.toBe('')
    })
  })

  test('an upstream that is not there is a 502', async () => {
    const raw = await startRawUpstream(() => undefined)
    await raw.close()
    const disconnected = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: raw.baseUrl } })
    const { secret: key } = await disconnected.createKey()
    const reply = await chat(disconnected, key)
    expect(reply.status).toBe(502)
    expect(await errorOf(reply)).toMatchObject({ code: 'upstream_unreachable' })
    await disconnected.close()
  })
})

describe('with its response', () => {
  test.for([400, 403, 404, 409, 422, 429, 500, 503])(
    'an error of %d passes whole, with its advice',
    async (status) => {
      const error = { message: 'Because.', type: 'some_error', param: 'x', code: 'some_code' }
      const advice = { 'retry-after': '7', 'retry-after-ms': '7000', 'x-ratelimit-remaining-requests': '0' }
      upstream.respondWith((_request, response) => json(response, status, { error }, advice))
      const reply = await chat(latchkey, secret)
      expect(reply.status).toBe(status)
      expect(await reply.json()).toEqual({ error })
      for (const [name, value] of Object.entries(advice)) expect(reply.headers.get(name)).toBe(value)
      expect(reply.headers.get('x-latchkey-error-source')).toBe('upstream')
      expect(await logOf(latchkey, reply)).toMatchObject({
        outcome: 'ERROR',
        httpStatus: status,
        errorCode: 'some_code',
        errorMessage: 'Because.',
      })
    },
  )

  test.for([
    ['text', 503, 'text/plain', 'upstream connect error'],
    ['nothing', 503, 'application/json', ''],
    ['half of JSON', 500, 'application/json', '{"error":'],
    ['an error that is text', 500, 'application/json', '{"error":"oops"}'],
    ['null', 500, 'application/json', 'null'],
  ] as const)('an error of %s passes as it came', async ([, status, type, body]) => {
    upstream.respondWith((_request, response) => {
      response.writeHead(status, { 'content-type': type })
      response.end(body)
    })
    const reply = await chat(latchkey, secret)
    expect([reply.status, await reply.text()]).toEqual([status, body])
    expect(await logOf(latchkey, reply)).toMatchObject({ outcome: 'ERROR', errorCode: `upstream_${status}` })
  })

  const page = '<html>\n<head><title>502 Bad Gateway</title></head></html>'
  test.for<[string, number, string | null, string, string?]>([
    ['HTML', 502, 'text/html', page],
    ['HTML with a charset', 503, 'TEXT/HTML; charset=utf-8', page],
    ['HTML of a firewall', 403, 'text/html', page],
    ['HTML of a rate limit', 429, 'text/html', page],
    ['HTML that is long', 520, 'text/html', page + 'x'.repeat(200_000)],
    ['HTML that is compressed', 504, 'text/html', page, 'gzip'],
    ['HTML in an unknown coding', 504, 'text/html', page, 'x-rot13'],
    ['XHTML', 500, 'application/xhtml+xml', page],
    ['XML', 404, 'application/xml', '<?xml version="1.0"?><Error/>'],
    ['HTML that is said to be JSON', 500, 'application/json', ` \n${page}`],
    ['HTML of no type', 500, null, `<!DOCTYPE html>${page}`],
    ['nothing, said to be HTML', 502, 'text/html', ''],
  ])(
    "an error that is a page is OpenAI's error with the upstream's status: %s, %d",
    async ([, status, type, body, coding]) => {
      upstream.respondWith((_request, response) => {
        response.writeHead(status, {
          'retry-after': '7',
          ...(type === null ? {} : { 'content-type': type }),
          ...(coding === undefined ? {} : { 'content-encoding': coding }),
        })
        response.end(coding === 'gzip' ? gzipSync(body) : body)
      })
      for (const path of ['/v1/chat/completions', '/v1/files']) {
        const reply = await post(latchkey, secret, path, chatBody())
        expect([reply.status, reply.headers.get('content-encoding')]).toEqual([status, null])
        expect(reply.headers.get('retry-after')).toBe('7')
        if (type !== null) expect(reply.headers.get('content-type')).toMatch(/^application\/json/)
        expect(reply.headers.get('x-latchkey-error-source')).toBe('upstream')
        expect(await errorOf(reply)).toEqual({
          message: `The upstream responded with status ${status} and a page in place of an error in JSON.`,
          type: status < 500 ? 'invalid_request_error' : 'server_error',
          param: null,
          code: 'upstream_error_page',
        })
        expect(await logOf(latchkey, reply)).toMatchObject({
          outcome: 'ERROR',
          httpStatus: status,
          errorCode: `upstream_${status}`,
        })
      }
    },
  )

  test.for([
    ['HTML', 'text/html; charset=utf-8', '<html>Sign in</html>'],
    ['HTML with the type of JSON', 'application/json', '<html>'],
    ['empty', 'application/json', ''],
    ['empty, of no type', null, ''],
    ['half of JSON', 'application/json', '{"choices":'],
    ['JSON and more', 'application/json', '{"choices":[]}{"choices":[]}'],
  ] as const)('a success that is %s is a 502', async ([, type, body]) => {
    upstream.respondWith((_request, response) => {
      response.writeHead(200, type === null ? {} : { 'content-type': type })
      response.end(body)
    })
    const reply = await chat(latchkey, secret)
    expect(reply.status).toBe(502)
    expect(await errorOf(reply)).toMatchObject({ code: 'upstream_invalid_answer', type: 'server_error' })
    expect(await logOf(latchkey, reply)).toMatchObject({
      outcome: 'ERROR',
      httpStatus: 502,
      errorCode: 'upstream_invalid_answer',
    })
  })

  /** The secret of a key that may name any stored object. */
  async function sharing(): Promise<string> {
    const { id, secret: made } = await latchkey.createKey()
    const { data } = await latchkey.graphql(
      'mutation ($input: UpdateApiKeyInput!) { updateApiKey(input: $input) { userErrors { message } } }',
      { input: { id: `key_${id}`, policy: { sharedObjects: true } } },
    )
    expect(data?.updateApiKey.userErrors).toEqual([])
    return made
  }

  test.for([
    ['POST', '/v1/moderations', '{"input":"x"}'],
    ['POST', '/v1/audio/speech', '{"model":"m","input":"x","voice":"v"}'],
    ['POST', '/v1/images/generations', '{"model":"m","prompt":"x"}'],
    ['GET', '/v1/files', null],
    ['GET', '/v1/files/file-1', null],
    ['GET', '/v1/batches/batch-1', null],
  ] as const)('a success that is a page is a 502 of %s %s, too', async ([method, path, body]) => {
    upstream.respondWith((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>')
    })
    const reply = await fetch(`${latchkey.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${await sharing()}`, 'content-type': 'application/json' },
      body,
    })
    expect([reply.status, await errorOf(reply)]).toMatchObject([502, { code: 'upstream_invalid_answer' }])
  })

  test('a page that a client has stored is its own', async () => {
    upstream.respondWith((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>stored</html>')
    })
    const reply = await fetch(`${latchkey.url}/v1/files/file-1/content`, {
      headers: { authorization: `Bearer ${await sharing()}` },
    })
    expect([reply.status, await reply.text()]).toEqual([200, '<html>stored</html>'])
  })

  const usage = '"usage":{"prompt_tokens":9,"completion_tokens":12}'
  test.for([
    ['has a byte order mark', `\ufeff{${usage}}`],
    ['has NaN', `{"score":NaN,${usage}}`],
    ['has NaN in its usage', `{${usage.slice(0, -1)},"cost":NaN}}`],
    ['has Infinity', `{"a":[-Infinity],${usage}}`],
    ['has a comma too many', `{${usage},}`],
    ['has a line end in a text', `{"a":"\n",${usage}}`],
    ['has another kind of quotes', `{${usage},'a':'b'}`],
    ['is in two pieces with white space', `\n\n \ufeff{${usage}} \n`],
  ] as const)('a 200 that %s is no 502: it passes as it came, and the log says so', async ([, body]) => {
    upstream.received.length = 0
    upstream.respondWith((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write(body.slice(0, 3), () => response.end(body.slice(3)))
    })
    const reply = await chat(latchkey, secret)
    expect(reply.status).toBe(200)
    expect(Buffer.from(await reply.arrayBuffer()).toString('utf8')).toBe(body)
    expect(upstream.received).toHaveLength(1)
    expect(await logOf(latchkey, reply)).toMatchObject({
      outcome: 'SUCCESS',
      httpStatus: 200,
      errorCode: 'upstream_not_json',
      inputTokens: 9,
      outputTokens: 12,
      usageSource: 'PROVIDER',
    })
  })

  test('a 200 that reports an error passes, and the log says which', async () => {
    const body = { error: { message: 'Overloaded.', type: 'overloaded_error', param: null, code: 529 } }
    upstream.respondWith((_request, response) => json(response, 200, body))
    const reply = await chat(latchkey, secret)
    expect([reply.status, await reply.json()]).toEqual([200, body])
    expect(await logOf(latchkey, reply)).toMatchObject({
      outcome: 'ERROR',
      errorCode: 'overloaded_error',
      errorMessage: 'Overloaded.',
    })
  })

  test.for([
    [403, { code: 'invalid_api_key', message: 'no' }],
    [403, { code: null, type: 'forbidden', message: `The API key ${CREDENTIAL} may not do this` }],
    [
      400,
      { code: 400, status: 'INVALID_ARGUMENT', message: 'API key not valid. Please pass a valid API key.' },
    ],
  ] as const)('a %d about the gateway’s credential is not sent to the client', async ([status, error]) => {
    upstream.respondWith((_request, response) => json(response, status, [{ error }]))
    const reply = await chat(latchkey, secret)
    expect(reply.status).toBe(502)
    expect(reply.headers.get('x-latchkey-error-source')).toBe('upstream')
    const reported = await errorOf(reply)
    expect(reported).toMatchObject({ code: 'upstream_refused_credential' })
    expect(JSON.stringify([reported, await logOf(latchkey, reply)])).not.toContain(CREDENTIAL)
  })

  test.for([
    ['short, with a length', 500, ''],
    ['over 64 KiB', 500, 'x'.repeat(200_000)],
    ['over 64 KiB, at its end', 429, 'y'.repeat(65_536 - 60)],
  ] as const)('the credential that an error repeats is taken out of it (%s)', async ([, status, padding]) => {
    const body = JSON.stringify({ padding, error: { message: `You sent ${CREDENTIAL}.`, code: 'c' } })
    upstream.respondWith((_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length })
      // In two pieces, with the credential split between them.
      const middle = body.indexOf(CREDENTIAL) + 5
      response.write(body.slice(0, middle), () => response.end(body.slice(middle)))
    })
    const reply = await chat(latchkey, secret)
    expect(reply.status).toBe(status)
    expect((await reply.text()) === body.replace(CREDENTIAL, '[credential]')).toBe(true)
    expect(JSON.stringify(await logOf(latchkey, reply))).not.toContain(CREDENTIAL)
  })

  test('its cookies, server and account stay behind; ours is the request id', async () => {
    upstream.respondWith((_request, response) =>
      json(
        response,
        200,
        {},
        {
          'set-cookie': 'a=b',
          server: 'cloudflare',
          'openai-organization': 'org-ours',
          'x-request-id': 'req_theirs',
          'access-control-allow-origin': 'https://chat.example',
        },
      ),
    )
    const reply = await chat(latchkey, secret)
    expect(reply.headers.get('set-cookie')).toBeNull()
    expect(reply.headers.get('server')).toBeNull()
    expect(reply.headers.get('openai-organization')).toBeNull()
    expect(reply.headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{32}$/)
    expect(reply.headers.get('access-control-allow-origin')).toBe('*')
    expect(await logOf(latchkey, reply)).toMatchObject({ upstreamRequestId: 'req_theirs' })
  })
})

describe('in the middle of its response', () => {
  test.for([
    ['hidden', undefined],
    ['requested', { include_usage: true }],
  ] as const)('a stream ends with an error event and never cleanly (usage %s)', async ([, options]) => {
    upstream.respondWith((_request, response) => {
      startEvents(response)
      // Half an event is under way when it breaks off.
      response.write(`${event(chatChunks(false)[1])}data: {"id":"chatc`, () =>
        response.socket?.resetAndDestroy(),
      )
    })
    const reply = await chat(latchkey, secret, { stream: true, stream_options: options })
    const { text, whole } = await readAll(reply)
    expect(whole).toBe(false)
    const datas = text.split('\n').filter((line) => line !== '')
    expect(datas.map((line) => JSON.parse(line.slice('data: '.length)))).toEqual([
      chatChunks(false)[1],
      { error: expect.objectContaining({ code: 'upstream_interrupted', type: 'server_error' }) },
    ])
    expect(await logOf(latchkey, reply)).toMatchObject({
      outcome: 'ERROR',
      httpStatus: 200,
      errorCode: 'upstream_interrupted',
      streamed: true,
    })
  })

  test('a stream that falls silent is aborted in the same manner', async () => {
    upstream.respondWith((_request, response) => {
      startEvents(response)
      response.write(event(chatChunks(false)[1]))
    })
    const reply = await chat(impatient, (await impatient.createKey()).secret, { stream: true })
    const { text, whole } = await readAll(reply)
    expect(whole).toBe(false)
    expect(text).toContain('"upstream_timeout"')
    expect(await logOf(impatient, reply)).toMatchObject({ outcome: 'ERROR', errorCode: 'upstream_timeout' })
  })

  test.for([{ 'content-length': '1000' }, {}])(
    'JSON of which nothing was sent yet becomes an error (%j)',
    async (headers) => {
      upstream.respondWith((_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', ...headers })
        response.write('{"choices":[', () => response.socket?.resetAndDestroy())
      })
      const reply = await chat(latchkey, secret)
      expect(reply.status).toBe(502)
      expect(await errorOf(reply)).toMatchObject({ code: 'upstream_interrupted' })
      expect(await logOf(latchkey, reply)).toMatchObject({ outcome: 'ERROR', httpStatus: 502 })
    },
  )

  test.for([{ 'content-length': '1000000' }, {}])(
    'JSON that has begun never ends cleanly (%j)',
    async (headers) => {
      upstream.respondWith((_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', ...headers })
        response.write(`{"choices":["${'x'.repeat(300_000)}`)
        setImmediate(() => response.write('y', () => response.socket?.resetAndDestroy()))
      })
      // Either before or after the head has reached the client.
      const whole = await chat(latchkey, secret).then(
        async (reply) => reply.status === 200 && (await readAll(reply)).whole,
        () => false,
      )
      expect(whole).toBe(false)
      expect((await requestLogs(latchkey))[0]).toMatchObject({
        outcome: 'ERROR',
        errorCode: 'upstream_interrupted',
      })
    },
  )
})

test('JSON that has begun never ends cleanly for a client of HTTP/1.0 either, which knows no chunks', async () => {
  const client = await openSocket(latchkey.url)
  upstream.respondWith(async (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.write(`{"choices":["${'x'.repeat(300_000)}`)
    await once(client, 'data')
    response.socket?.resetAndDestroy()
  })
  const body = chatBody()
  const ended = new Promise<string | undefined>((resolve) => {
    client.on('end', () => resolve('in order'))
    client.on('error', (error: NodeJS.ErrnoException) => resolve(error.code))
  })
  client.write(
    `POST /v1/chat/completions HTTP/1.0\r\nHost: a\r\nAuthorization: Bearer ${secret}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
  expect(await ended).toBe('ECONNRESET')
})

describe('a stream that ends in the form of HTTP, but not in its own', () => {
  const first = () => event(chatChunks(false)[1])
  const responsesEvent = (type: string, fields: object = {}) =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`

  test.for([
    ['/v1/chat/completions', first()],
    ['/v1/chat/completions', ''],
    ['/v1/chat/completions', `${first()}data: {"id":"chatc`],
    ['/v1/chat/completions', `${first()}: ping\n\n`],
    ['/v1/completions', event({ choices: [{ index: 0, text: 'Hi', finish_reason: null }] })],
    ['/v1/responses', responsesEvent('response.created') + responsesEvent('response.output_text.delta')],
  ] as const)('%s: %j is an interrupted response', async ([path, text]) => {
    upstream.respondWith((_request, response) => {
      startEvents(response)
      response.end(text)
    })
    const reply = await post(
      latchkey,
      secret,
      path,
      JSON.stringify({ model: 'm1', input: 'x', stream: true }),
    )
    const read = await readAll(reply)
    expect(read.whole).toBe(false)
    expect(read.text).toContain('upstream_interrupted')
    expect(read.text).not.toMatch(/"chatc(?!mpl)/)
    if (path === '/v1/responses') expect(read.text).toContain('event: error\ndata: {"type":"error"')
    expect(await logOf(latchkey, reply)).toMatchObject({
      outcome: 'ERROR',
      errorCode: 'upstream_interrupted',
    })
  })

  test.for([
    ['/v1/chat/completions', event(chatChunks(false)[3]), 'stop'],
    [
      '/v1/chat/completions',
      `data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "length"}]}\n\n`,
      'length',
    ],
    ['/v1/chat/completions', first() + event('[DONE]'), null],
    ['/v1/chat/completions', `${first()}data: [DONE]`, null],
    [
      '/v1/responses',
      responsesEvent('response.incomplete', { response: { object: 'response', status: 'incomplete' } }),
      'incomplete',
    ],
  ] as const)('%s: %j is whole', async ([path, text, finishReason]) => {
    upstream.respondWith((_request, response) => {
      startEvents(response)
      response.end(text)
    })
    const reply = await post(
      latchkey,
      secret,
      path,
      JSON.stringify({ model: 'm1', input: 'x', stream: true }),
    )
    expect(await readAll(reply)).toEqual({ text, whole: true })
    expect(await logOf(latchkey, reply)).toMatchObject({ outcome: 'SUCCESS', finishReason })
  })
})

describe('an error within a stream', () => {
  const reported = { message: `Busy, ${CREDENTIAL}.`, type: 'server_error', param: null, code: 'overloaded' }

  test.for([
    ['/v1/chat/completions', 'an event of its own', event({ error: reported })],
    [
      '/v1/chat/completions',
      'beside a chunk',
      event({ ...chatChunks(false)[1], error: { ...reported, code: 502 } }),
    ],
    ['/v1/chat/completions', 'named', `event: error\ndata: ${JSON.stringify({ error: reported })}\n\n`],
    [
      '/v1/responses',
      'an error event',
      `event: error\ndata: ${JSON.stringify({ ...reported, type: 'error' })}\n\n`,
    ],
    [
      '/v1/responses',
      'a failed response',
      `event: response.failed\ndata: ${JSON.stringify({ type: 'response.failed', response: { error: reported } })}\n\n`,
    ],
  ] as const)('%s: %s reaches the client without the credential, and the log', async ([path, , text]) => {
    for (const end of ['clean', 'reset'] as const) {
      upstream.respondWith((_request, response) => {
        startEvents(response)
        response.write(text, () => (end === 'clean' ? response.end() : response.socket?.resetAndDestroy()))
      })
      const reply = await post(
        latchkey,
        secret,
        path,
        JSON.stringify({ model: 'm1', input: 'x', stream: true }),
      )
      const read = await readAll(reply)
      expect(read.text).toBe(text.replaceAll(CREDENTIAL, '[credential]'))
      const log = await logOf(latchkey, reply)
      expect(log).toMatchObject({ outcome: 'ERROR', errorMessage: 'Busy, [credential].' })
      expect(['overloaded', 'server_error']).toContain(log.errorCode)
    }
  })
})

test('every one of these calls is in the log once', async () => {
  const logs = await requestLogs(latchkey)
  expect(new Set(logs.map(({ id }) => id)).size).toBe(logs.length)
  expect(logs.filter(({ outcome }) => outcome === 'INTERRUPTED')).toEqual([])
})

async function overRaw(bytes: string, work: (latchkey: TestLatchkey, secret: string) => Promise<void>) {
  const raw: RawUpstream = await startRawUpstream((socket) => socket.end(Buffer.from(bytes, 'latin1')))
  const own = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: raw.baseUrl } })
  try {
    await work(own, (await own.createKey()).secret)
  } finally {
    await own.close()
    await raw.close()
  }
}
