import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  AuthenticationError,
  ConflictError,
  ConnectionError,
  Latchkey,
  LatchkeyError,
  type LatchkeyOptions,
  NotFoundError,
  type OperationCost,
  RateLimitError,
  ServerError,
  TimeoutError,
  UserInputError,
} from './index.ts'

type Call = { operationName: string; variables: Record<string, unknown>; headers: IncomingHttpHeaders }
type Reply = { status?: number; headers?: Record<string, string>; body?: unknown; hang?: boolean }

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** A server that sends each call the next response, the last one for ever, and a client of it. */
async function serve(responses: Reply[], options: LatchkeyOptions = {}) {
  const calls: Call[] = []
  server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    calls.push({ ...JSON.parse(text), headers: request.headers })
    const reply = responses[Math.min(calls.length, responses.length) - 1] ?? {}
    if (reply.hang) return
    response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers })
    response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body ?? {}))
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  return { calls, url, latchkey: new Latchkey({ url, adminToken: 'lk-admin-1', ...options }) }
}

const now = { 'retry-after-ms': '0' }
const viewer = { data: { viewer: { type: 'ADMIN', name: 'ada' } } }

function keysPage(names: string[], pageInfo: Record<string, unknown>) {
  return { body: { data: { apiKeys: { nodes: names.map((name) => ({ name })), pageInfo, totalCount: 3 } } } }
}

describe('a call', () => {
  it('posts to /graphql of the url, signed with the admin token', async () => {
    const { latchkey, calls } = await serve([{ body: viewer }])
    expect(await latchkey.auth.viewer()).toEqual({ type: 'ADMIN', name: 'ada' })
    expect(calls[0]?.operationName).toBe('GetViewer')
    expect(calls[0]?.headers.authorization).toBe('Bearer lk-admin-1')
  })

  it('reports what it cost, where the response says so', async () => {
    const cost = {
      complexity: { used: 2, limit: 10_000 },
      depth: { used: 2, limit: 12 },
      breadth: { used: 2, limit: 500 },
    }
    const costs: OperationCost[] = []
    const failed = {
      errors: [{ message: 'x', extensions: { code: 'COMPLEXITY_LIMIT' } }],
      extensions: { cost },
    }
    const odd = { ...viewer, extensions: { cost: { ...cost, depth: 'deep' } } }
    const { latchkey } = await serve(
      [{ body: { ...viewer, extensions: { cost } } }, { body: failed }, { body: odd }, { body: viewer }],
      { onCost: (each) => costs.push(each) },
    )
    await latchkey.auth.viewer()
    await expect(latchkey.auth.viewer()).rejects.toMatchObject({ code: 'COMPLEXITY_LIMIT' })
    await latchkey.auth.viewer()
    await latchkey.auth.viewer()
    expect(costs).toEqual([
      { operation: 'GetViewer', ...cost },
      { operation: 'GetViewer', ...cost },
    ])
  })

  it('says which setting is missing when there is no address', () => {
    expect(() => new Latchkey({ adminToken: 'x' })).toThrow(/LATCHKEY_URL/)
  })

  it('rejects with the reason of the signal that ended it', async () => {
    const { latchkey } = await serve([{ hang: true }])
    const stop = new AbortController()
    const call = latchkey.auth.viewer({ signal: stop.signal })
    stop.abort(new Error('left the page'))
    await expect(call).rejects.toThrow('left the page')
  })
})

describe('a session', () => {
  const signedIn = { data: { signIn: { viewer: { type: 'ADMIN', name: 'ada' }, userErrors: [] } } }
  const signedOut = { data: { signOut: { signedOut: true } } }

  it('has its secret sent with each request until it ends', async () => {
    const { latchkey, calls } = await serve(
      [
        { body: viewer },
        { headers: { 'x-latchkey-session': 's1' }, body: signedIn },
        { body: viewer },
        { headers: { 'x-latchkey-session': '' }, body: signedOut },
        { body: viewer },
      ],
      { adminToken: undefined },
    )
    await latchkey.auth.viewer()
    await latchkey.auth.signIn({ username: 'ada', password: 'correct horse battery' })
    await latchkey.auth.viewer()
    await latchkey.auth.signOut()
    await latchkey.auth.viewer()
    const sent = calls.map(({ headers }) => headers['x-latchkey-session'])
    expect(sent).toEqual([undefined, undefined, 's1', 's1', undefined])
  })

  it('is none of an admin token', async () => {
    const reply = { headers: { 'x-latchkey-session': 's1' }, body: viewer }
    const { latchkey, calls } = await serve([reply])
    await latchkey.auth.viewer()
    await latchkey.auth.viewer()
    expect(calls.map(({ headers }) => headers['x-latchkey-session'])).toEqual([undefined, undefined])
  })
})

describe('a page of a browser', () => {
  const kept = new Map<string, string>()
  const localStorage = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  }
  afterEach(() => {
    vi.unstubAllGlobals()
    kept.clear()
  })

  it('keeps the secret of its own origin for its other tabs and the next visit', async () => {
    const reply = { headers: { 'x-latchkey-session': 's1' }, body: viewer }
    const { latchkey: probe, url, calls } = await serve([reply, { body: viewer }])
    await probe.auth.viewer()
    vi.stubGlobal('location', { origin: url })
    vi.stubGlobal('localStorage', localStorage)
    kept.set('latchkey.session', 's2')
    await new Latchkey({ url }).auth.viewer()
    expect(calls.at(-1)?.headers['x-latchkey-session']).toBe('s2')
    kept.set('latchkey.session', 's3')
    await new Latchkey({ url }).auth.viewer()
    expect(calls.at(-1)?.headers['x-latchkey-session']).toBe('s3')
  })

  it('sends it to no other origin, and takes none from one', async () => {
    const reply = { headers: { 'x-latchkey-session': 's1' }, body: viewer }
    const { url, calls } = await serve([reply])
    vi.stubGlobal('location', { origin: 'http://console.test' })
    vi.stubGlobal('localStorage', localStorage)
    kept.set('latchkey.session', 's2')
    await new Latchkey({ url }).auth.viewer()
    expect(calls.at(-1)?.headers['x-latchkey-session']).toBeUndefined()
    expect(kept.get('latchkey.session')).toBe('s2')
  })

  it('whose storage is refused keeps it for as long as it is open', async () => {
    const reply = { headers: { 'x-latchkey-session': 's1' }, body: viewer }
    const { url, calls } = await serve([reply])
    vi.stubGlobal('location', { origin: url })
    Object.defineProperty(globalThis, 'localStorage', {
      configurable: true,
      get: () => {
        throw new DOMException('denied', 'SecurityError')
      },
    })
    try {
      const latchkey = new Latchkey({ url })
      await latchkey.auth.viewer()
      await latchkey.auth.viewer()
      expect(calls.map(({ headers }) => headers['x-latchkey-session'])).toEqual([undefined, 's1'])
    } finally {
      Reflect.deleteProperty(globalThis, 'localStorage')
    }
  })
})

describe('a list', () => {
  const pages = [
    keysPage(['a', 'b'], { hasNextPage: true, hasPreviousPage: false, startCursor: '1', endCursor: '2' }),
    keysPage(['c'], { hasNextPage: false, hasPreviousPage: true, startCursor: '3', endCursor: '3' }),
  ]

  it('is a page when awaited, and walks on and back', async () => {
    const { latchkey, calls } = await serve(pages)
    const page = await latchkey.keys.list({ first: 2, filter: { search: 'ci' } })
    expect(page.items.map((key) => key.name)).toEqual(['a', 'b'])
    expect(page.totalCount).toBe(3)
    expect(page.hasPreviousPage()).toBe(false)
    const next = await page.nextPage()
    expect(next.items.map((key) => key.name)).toEqual(['c'])
    await next.previousPage()
    expect(calls.map((call) => call.variables)).toEqual([
      { first: 2, filter: { search: 'ci' } },
      { first: 2, after: '2', filter: { search: 'ci' } },
      { last: 2, before: '3', filter: { search: 'ci' } },
    ])
    await expect(next.nextPage()).rejects.toThrow(RangeError)
  })

  it('is every item when iterated', async () => {
    const { latchkey } = await serve(pages)
    const names = await Array.fromAsync(latchkey.keys.list(), (key) => key.name)
    expect(names).toEqual(['a', 'b', 'c'])
  })

  it('sends nothing until it is used', async () => {
    const { latchkey, calls } = await serve(pages)
    latchkey.keys.list()
    await latchkey.keys.list()
    expect(calls).toHaveLength(1)
  })
})

describe('a failure', () => {
  it.each([
    [{ status: 401 }, AuthenticationError],
    [{ body: { errors: [{ message: 'no', extensions: { code: 'UNAUTHENTICATED' } }] } }, AuthenticationError],
    [{ status: 404 }, NotFoundError],
    [{ status: 429 }, RateLimitError],
    [{ status: 503, body: 'down' }, ServerError],
    [{ body: '<html>' }, LatchkeyError],
    [{ body: { data: { apiKey: null } } }, NotFoundError],
  ])('%j is its own class', async (reply, expected) => {
    const { latchkey } = await serve([reply], { maxRetries: 0 })
    const error = await latchkey.keys.get('key_1').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(expected)
  })

  it('carries status, code, request id and the requested wait', async () => {
    const body = { errors: [{ message: 'Slow down.', extensions: { code: 'RATE_LIMITED' } }] }
    const { latchkey } = await serve([
      { status: 429, headers: { 'x-request-id': 'req_1', 'retry-after': '90' }, body },
    ])
    const error = await latchkey.auth.viewer().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      name: 'RateLimitError',
      message: 'Slow down.',
      status: 429,
      code: 'RATE_LIMITED',
      requestId: 'req_1',
      retryAfterMs: 90_000,
    })
  })

  it('never shows a variable, however deep one looks', async () => {
    const message = 'Variable "$input" got invalid value { password: "hunter2-hunter2" }; Field missing.'
    const { latchkey } = await serve([{ status: 400, body: { errors: [{ message }] } }])
    const input = { username: 'ada', password: 'hunter2-hunter2' }
    const error = await latchkey.auth.signIn(input).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(LatchkeyError)
    expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(/hunter2|lk-admin-1/)
  })

  it('of the input is an error with every user error', async () => {
    const userErrors = [{ code: 'TOO_LONG', field: ['input', 'name'], message: 'Name is too long.' }]
    const { latchkey } = await serve([
      { body: { data: { createApiKey: { apiKey: null, secret: null, userErrors } } } },
    ])
    const error = await latchkey.keys.create({ name: 'x' }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UserInputError)
    expect(error).toMatchObject({ userErrors, message: 'Name is too long.' })
  })

  it('to connect and failure to respond in time are different errors', async () => {
    const { latchkey } = await serve([{ hang: true }], { timeoutMs: 30, maxRetries: 0 })
    await expect(latchkey.auth.viewer()).rejects.toBeInstanceOf(TimeoutError)
    const nowhere = new Latchkey({ url: 'http://127.0.0.1:1', maxRetries: 0 })
    const error = await nowhere.auth.viewer().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error).not.toBeInstanceOf(TimeoutError)
    expect(error).toMatchObject({
      message: expect.stringContaining('http://127.0.0.1:1 could not be reached'),
    })
  })

  it.each([
    '127.0.0.1:8000',
    'latchkey.example.com',
    'ftp://h',
    'http://',
    'http://user:secret@h/graphql',
    'https://h/v1/',
  ])('whose address is %s is refused before anything is sent, without being repeated', (url) => {
    expect(() => new Latchkey({ url })).toThrow(/^The server address must be [^@]+$/)
  })
})

describe('retries', () => {
  it.each([408, 429, 500, 503])('a query that met %i', async (status) => {
    const { latchkey, calls } = await serve([{ status, headers: now }, { body: viewer }])
    expect(await latchkey.auth.viewer()).toEqual(viewer.data.viewer)
    expect(calls).toHaveLength(2)
  })

  it('twice and no more', async () => {
    const { latchkey, calls } = await serve([{ status: 500, headers: now }])
    await expect(latchkey.auth.viewer()).rejects.toBeInstanceOf(ServerError)
    expect(calls).toHaveLength(3)
  })

  it('a mutation with an admin token, under one key, by which the server runs it once', async () => {
    const { latchkey, calls } = await serve([{ status: 503, headers: now }])
    await expect(latchkey.keys.create({ name: 'ci' })).rejects.toBeInstanceOf(ServerError)
    await expect(latchkey.keys.create({ name: 'ci' })).rejects.toBeInstanceOf(ServerError)
    const keys = calls.map(({ headers }) => headers['idempotency-key'])
    expect(keys).toHaveLength(6)
    expect([new Set(keys.slice(0, 3)).size, new Set(keys.slice(3)).size, new Set(keys).size]).toEqual([
      1, 1, 2,
    ])
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/)
  })

  it('no mutation of a session, since the lost response may have been a success', async () => {
    const { latchkey, calls } = await serve([{ status: 503, headers: now }], { adminToken: undefined })
    await expect(latchkey.keys.create({ name: 'ci' })).rejects.toBeInstanceOf(ServerError)
    expect(calls.map(({ headers }) => headers['idempotency-key'])).toEqual([undefined])
  })

  it('with the key that the caller gives, and as often as it says', async () => {
    const { latchkey, calls } = await serve([{ status: 409, headers: now }])
    const call = latchkey.keys.create({ name: 'ci' }, { idempotencyKey: 'job 7', maxRetries: 1 })
    await expect(call).rejects.toBeInstanceOf(ConflictError)
    expect(calls.map(({ headers }) => headers['idempotency-key'])).toEqual(['job 7', 'job 7'])
  })

  it('nothing that would fail again', async () => {
    const { latchkey, calls } = await serve([{ status: 400 }])
    await expect(latchkey.auth.viewer()).rejects.toBeInstanceOf(LatchkeyError)
    expect(calls).toHaveLength(1)
  })

  it('nothing when the server asks for more than a minute', async () => {
    const { latchkey, calls } = await serve([{ status: 429, headers: { 'retry-after': '61' } }])
    await expect(latchkey.auth.viewer()).rejects.toBeInstanceOf(RateLimitError)
    expect(calls).toHaveLength(1)
  })
})
