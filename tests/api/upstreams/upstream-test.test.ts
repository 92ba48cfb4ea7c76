// The test of an upstream from the server: upstreams that fail at each step, and the message.
import { once } from 'node:events'
import { createServer } from 'node:https'
import { createServer as createTcpServer } from 'node:net'
import { Latchkey } from '@latchkey/sdk'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { COMPLETION } from '../../support/upstreams/chat-responses.ts'
import { ownCertificate } from '../../support/upstreams/own-certificate.ts'
import { json, type Responder, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

const SECRET = 'sk-secret-of-the-test-1234'

let upstream: TestUpstream
let server: TestLatchkey
let latchkey: Latchkey
let names = 0

beforeAll(async () => {
  upstream = await startUpstream((_request, response) => json(response, 500, {}))
  server = await startLatchkey()
  latchkey = new Latchkey({ url: server.url, adminToken: server.adminToken })
})
beforeEach(() => {
  upstream.received.length = 0
})
afterAll(async () => {
  await server.close()
  await upstream.close()
})

const MODELS = { object: 'list', data: [{ id: 'first' }, { id: 'second' }, { id: 7 }] }

/** Responds to the model list and the chat as these do. */
const responding =
  (models: Responder, chat: Responder = (_request, response) => json(response, 200, COMPLETION)): Responder =>
  (request, response) =>
    request.path.endsWith('/models') ? models(request, response) : chat(request, response)

const listing: Responder = (_request, response) => json(response, 200, MODELS)

async function made(fields: Partial<Parameters<Latchkey['upstreams']['create']>[0]> = {}) {
  return latchkey.upstreams.create({
    name: `tested-${++names}`,
    kind: 'GENERIC',
    baseUrl: upstream.baseUrl,
    credentials: [{ secret: SECRET }],
    ...fields,
  })
}

/** The outcome of a test as [step, ok] pairs, and what the last says. */
async function tried(id: string, input: Parameters<Latchkey['upstreams']['test']>[1] = {}) {
  const result = await latchkey.upstreams.test(id, input)
  for (const { durationMs } of result.steps) expect(durationMs).toBeGreaterThanOrEqual(0)
  expect(JSON.stringify(result)).not.toContain(SECRET)
  const steps = result.steps.map(({ step, ok }) => (ok ? step : `${step} failed`))
  const { message, code, detail } = result.steps.at(-1) ?? {}
  const known = Object.fromEntries(Object.entries(detail ?? {}).filter(([, value]) => value !== null))
  return { ok: result.ok, steps, message, code, detail: known, models: result.models }
}

describe('a test', () => {
  test('goes through every step where all is well', async () => {
    upstream.respondWith(responding(listing))
    const { id } = await made({ headers: [{ name: 'x-team', value: 'core', secret: true }] })
    expect(await tried(id)).toEqual({
      ok: true,
      steps: ['DNS', 'CONNECT', 'TLS', 'AUTH', 'MODELS', 'CALL'],
      message: '"first" responded.',
      code: 'MODEL_RESPONDED',
      detail: { model: 'first' },
      models: ['first', 'second'],
    })
    const { port } = new URL(upstream.baseUrl)
    expect((await latchkey.upstreams.test(id)).steps).toMatchObject([
      { code: 'ADDRESS_GIVEN', detail: { host: '127.0.0.1' } },
      { code: 'CONNECTED', detail: { host: '127.0.0.1', port: Number(port) } },
      { code: 'PLAIN_HTTP' },
      { code: 'CREDENTIAL_ACCEPTED' },
      { code: 'MODELS_LISTED', detail: { models: 2 } },
      {},
    ])
    upstream.received.splice(2)
    const headers = { authorization: `Bearer ${SECRET}`, 'x-team': 'core' }
    expect(upstream.received).toMatchObject([
      { method: 'GET', path: '/v1/models', headers },
      { method: 'POST', path: '/v1/chat/completions', headers, json: { model: 'first', max_tokens: 1 } },
    ])
  })

  test('of an upstream whose credentials are all disabled wants one to be named, and so does its list', async () => {
    upstream.respondWith(responding(listing))
    const { id, credentials } = await made({ credentials: [{ secret: SECRET, enabled: false }] })
    const message = 'All credentials of this upstream are disabled. Name the one to use, or enable one.'
    await expect(latchkey.upstreams.test(id)).rejects.toThrow(message)
    expect(await latchkey.upstreams.models(id)).toMatchObject({
      models: [],
      problem: message,
      problemCode: 'CREDENTIALS_DISABLED',
    })
    expect(upstream.received).toEqual([])
    const [credential] = credentials
    expect(await tried(id, { credentialId: credential?.id ?? '' })).toMatchObject({ ok: true })
  })

  test('calls the model that is named, or that a route names, with the credential that is named', async () => {
    upstream.respondWith(responding(listing))
    const own = await made({
      kind: 'AZURE_OPENAI',
      credentials: [{ secret: SECRET }, { secret: 'sk-the-other', enabled: false }],
    })
    await latchkey.models.create({
      name: `m-${++names}`,
      routes: [{ upstreamId: own.id, upstreamModel: 'routed' }],
    })
    await tried(own.id)
    await tried(own.id, { model: 'named', credentialId: own.credentials[1]?.id ?? '' })
    expect(upstream.received.filter(({ method }) => method === 'POST')).toMatchObject([
      { headers: { 'api-key': SECRET }, json: { model: 'routed', max_completion_tokens: 16 } },
      { headers: { 'api-key': 'sk-the-other' }, json: { model: 'named' } },
    ])
  })

  test('ends where the name leads nowhere', async () => {
    const { id } = await made({ baseUrl: 'http://no-such-host.invalid/v1' })
    expect(await tried(id)).toEqual({
      ok: false,
      steps: ['DNS failed'],
      message: expect.stringMatching(/Check the name for a typo/),
      code: 'DNS_FAILED',
      detail: {},
      models: [],
    })
  })

  test('ends where nothing listens', async () => {
    const disconnected = await startUpstream(() => undefined)
    await disconnected.close()
    const { id } = await made({ baseUrl: disconnected.baseUrl })
    expect(await tried(id)).toMatchObject({
      ok: false,
      steps: ['DNS', 'CONNECT failed'],
      message: 'Nothing listens there. Check the port, and that the service there runs.',
      code: 'CONNECTION_REFUSED',
    })
  })

  test('ends where the certificate is not trusted', async () => {
    const secured = createServer(ownCertificate('localhost'))
    secured.on('tlsClientError', () => undefined)
    secured.listen(0, '127.0.0.1')
    await once(secured, 'listening')
    const { port } = secured.address() as { port: number }
    try {
      const { id } = await made({ baseUrl: `https://localhost:${port}/v1` })
      expect(await tried(id)).toMatchObject({
        ok: false,
        steps: ['DNS', 'CONNECT', 'TLS failed'],
        message: expect.stringMatching(/^TLS with localhost failed: self-signed certificate/),
        code: 'TLS_UNTRUSTED',
        detail: { host: 'localhost' },
      })
    } finally {
      secured.close()
    }
  })

  test('ends where there is no TLS at all', async () => {
    const plain = createTcpServer((socket) => {
      socket.on('error', () => undefined)
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
    })
    plain.listen(0, '127.0.0.1')
    await once(plain, 'listening')
    const { port } = plain.address() as { port: number }
    try {
      const { id } = await made({ baseUrl: `https://127.0.0.1:${port}/v1` })
      const { steps, message, code } = await tried(id)
      expect(code).toBe('TLS_FAILED')
      expect(steps).toEqual(['DNS', 'CONNECT', 'TLS failed'])
      expect(message).toMatch(/should be http:\/\//)
    } finally {
      plain.close()
    }
  })

  test.for([401, 403])('ends where the credential is refused with %i', async (status) => {
    upstream.respondWith((_request, response) =>
      json(response, status, { error: { message: `no: ${SECRET}` } }),
    )
    const { id } = await made()
    expect(await tried(id)).toMatchObject({
      ok: false,
      steps: ['DNS', 'CONNECT', 'TLS', 'AUTH failed'],
      message: expect.stringContaining(`It refused the credential (${status})`),
      code: 'CREDENTIAL_REFUSED',
      detail: { status },
    })
    const open = await made({ credentials: [] })
    expect(await tried(open.id)).toMatchObject({
      message: expect.stringContaining('It wants a credential'),
      code: 'CREDENTIAL_MISSING',
    })
  })

  test('goes on without a list, and needs a model to be named then', async () => {
    upstream.respondWith(responding((_request, response) => json(response, 404, {})))
    const { id } = await made()
    expect(await tried(id)).toMatchObject({
      ok: false,
      steps: ['DNS', 'CONNECT', 'TLS', 'AUTH', 'MODELS failed'],
      message: expect.stringContaining('/v1'),
      code: 'NO_MODEL_LIST',
    })
    expect(await tried(id, { model: 'named' })).toMatchObject({
      ok: true,
      steps: ['DNS', 'CONNECT', 'TLS', 'AUTH', 'MODELS failed', 'CALL'],
      message: '"named" responded.',
    })
  })

  test.for([
    ["OpenAI's", (message: string) => ({ error: { message } })],
    ["Gemini's", (message: string) => [{ error: { code: 500, message, status: 'INTERNAL' } }]],
    ['a plain', (message: string) => ({ error: message })],
  ] as const)(
    'says what the upstream says of a call that fails in %s form, but for the secret',
    async ([, form]) => {
      upstream.respondWith(
        responding(listing, (_request, response) => json(response, 500, form(`out of order, ${SECRET}`))),
      )
      const { id } = await made()
      expect(await tried(id)).toMatchObject({
        ok: false,
        steps: ['DNS', 'CONNECT', 'TLS', 'AUTH', 'MODELS', 'CALL failed'],
        message: '"first": it responded with status 500: out of order, [secret]',
        code: 'ERROR_STATUS',
        detail: { status: 500, model: 'first', upstreamMessage: 'out of order, [secret]' },
      })
    },
  )

  test('follows no redirect', async () => {
    const elsewhere = await startUpstream(listing)
    upstream.respondWith((_request, response) => {
      response.writeHead(302, { location: `${elsewhere.baseUrl}/models` }).end()
    })
    try {
      const { id } = await made()
      expect(await tried(id)).toMatchObject({
        message: expect.stringContaining('a redirect (302), which is not followed'),
        code: 'REDIRECTED',
        detail: { status: 302 },
      })
      expect(elsewhere.received).toEqual([])
    } finally {
      await elsewhere.close()
    }
  })

  test.for<[string, Responder]>([
    ['no JSON', (_request, response) => void response.end('<html>')],
    ['no list', (_request, response) => json(response, 200, { models: [] })],
    ['null', (_request, response) => json(response, 200, null)],
  ])('distinguishes a list from %s', async ([, models]) => {
    upstream.respondWith(responding(models))
    const { id } = await made()
    expect(await tried(id)).toMatchObject({
      message: expect.stringContaining('did not respond with a list of models'),
      code: 'NOT_A_MODEL_LIST',
    })
  })

  test('ends where the connection ends before a response', async () => {
    upstream.respondWith((_request, response) => void response.destroy())
    const { id } = await made()
    expect(await tried(id)).toMatchObject({
      steps: ['DNS', 'CONNECT', 'TLS', 'AUTH failed'],
      message: expect.stringContaining('ended before a response'),
      code: 'CONNECTION_CLOSED',
    })
  })

  test('refuses an address that has come to be refused', async () => {
    const { id } = await made()
    const where = { id: Number(id.slice('ups_'.length)) }
    const { prisma } = server.app.store
    const moved = async (baseUrl: string) => {
      await prisma.upstream.update({ where, data: { baseUrl } })
      await prisma.upstreamCredential.deleteMany({ where: { upstreamId: where.id } })
    }
    for (const baseUrl of ['http://169.254.169.254/v1', 'http://[::ffff:a9fe:a9fe]/v1']) {
      await moved(baseUrl)
      expect(await tried(id)).toMatchObject({
        steps: ['DNS failed'],
        message: expect.stringContaining('always refused'),
        code: 'ADDRESS_FORBIDDEN',
      })
      expect((await latchkey.upstreams.models(id)).problem).toContain('always refused')
    }
  })

  test('of the environment’s works too, and of what is not there says so', async () => {
    expect(await tried('ups_env_echo')).toMatchObject({ ok: true, steps: ['CALL'], code: 'ECHO' })
    const { id } = await made()
    for (const [input, code] of [
      [{ id: 'ups_999999' }, 'NOT_FOUND'],
      [{ id, credentialId: 'cred_999999' }, 'NOT_FOUND'],
      [{ id, credentialId: 'key_1' }, 'INVALID'],
    ] as const) {
      const { data } = await server.graphql(
        'mutation ($input: TestUpstreamInput!) { testUpstream(input: $input) { ok steps { ok } userErrors { code } } }',
        { input },
      )
      expect(data.testUpstream).toEqual({ ok: false, steps: [], userErrors: [{ code }] })
    }
  })

  test('with a secret that does not open sends nothing', async () => {
    const { id } = await made()
    await server.app.store.prisma.upstreamCredential.updateMany({
      where: { upstreamId: Number(id.slice('ups_'.length)) },
      data: { encryptedSecret: 'gAAAAA' },
    })
    await expect(latchkey.upstreams.test(id)).rejects.toThrow('cannot be decrypted')
    expect(upstream.received).toEqual([])
  })
})

describe('the list of an upstream', () => {
  test('is run now', async () => {
    upstream.respondWith(listing)
    const { id } = await made()
    expect(await latchkey.upstreams.models(id)).toMatchObject({
      models: ['first', 'second'],
      problem: null,
      problemCode: null,
    })
    upstream.respondWith((_request, response) => json(response, 401, {}))
    expect(await latchkey.upstreams.models(id)).toMatchObject({
      models: [],
      problem: expect.stringContaining('It refused the credential (401)'),
      problemCode: 'CREDENTIAL_REFUSED',
      problemDetail: { status: 401 },
    })
  })

  test('of one that is not there is none', async () => {
    await expect(latchkey.upstreams.models('ups_999999')).rejects.toThrow('There is no such upstream')
    expect(await latchkey.upstreams.models('ups_env_echo')).toMatchObject({ models: ['echo'], problem: null })
  })
})
