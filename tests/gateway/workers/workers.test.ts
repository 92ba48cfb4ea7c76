// Several processes behind one port are one server: for keys, for the account of calls, and for admins.

import { readdirSync, statSync } from 'node:fs'
import { Agent, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { graphql, PASSWORD, SIGN_IN } from '../../support/api/client.ts'
import { openTail } from '../../support/api/tail.ts'
import { chatBody } from '../../support/server/gateway-calls.ts'
import { makeModel, makeUpstream } from '../../support/server/routed-models.ts'
import { makeRuledKey, setPolicy } from '../../support/server/ruled-keys.ts'
import type { ServerProcess } from '../../support/server/server-process.ts'
import { expectAccount, makeKey, openStation, type Station } from '../../support/server/station.ts'
import { workersOf } from '../../support/server/worker-processes.ts'
import { COMPLETION } from '../../support/upstreams/chat-responses.ts'
import { json, startUpstream } from '../../support/upstreams/upstream.ts'

const WORKERS = 3
// Enough that every worker has some of them.
const CONNECTIONS = 48

type Reply = { status: number; id: string; text: string; reply: IncomingMessage }

let station: Station
let server: ServerProcess
let agent: Agent
const succeeded: string[] = []

beforeAll(async () => {
  station = await openStation(inject('database'), {
    env: { LATCHKEY_WORKERS: String(WORKERS), LATCHKEY_ADMIN_PASSWORD: PASSWORD },
  })
  server = await station.start()
  agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
})
afterAll(async () => {
  agent.destroy()
  await station.remove()
})

test('calls go to every worker, and every one is accounted for once', async () => {
  expect(workersOf(server)).toHaveLength(WORKERS)
  const { secret } = await makeKey(station, server.url)
  const responses = await calls(secret, 300)
  expect(responses.map(({ status }) => status)).toEqual(responses.map(() => 200))
  // Each worker has a journal of its own; a segment that holds more than its head has had calls.
  const written = readdirSync(station.journal).filter(
    (name) => statSync(join(station.journal, name)).size > 200,
  )
  expect(new Set(written.map((name) => name.split('-')[0])).size).toBe(WORKERS)
  const { data } = await admin(
    'query ($range: DateTimeRange!) { usage(range: $range) { totals { calls } } ledgerHealth { openCalls journalWritable } }',
    { range: { from: new Date(Date.now() - 3_600_000), to: new Date(Date.now() + 3_600_000) } },
  )
  expect(data).toEqual({
    usage: { totals: { calls: succeeded.length } },
    ledgerHealth: { openCalls: 0, journalWritable: true },
  })
})

describe('a key that changes', () => {
  test('is refused by every worker from the next call on', async () => {
    const key = await makeKey(station, server.url)
    expect(statuses(await calls(key.secret, CONNECTIONS * 2))).toEqual([200])
    await revoke(key.id)
    const after = await calls(key.secret, 200)
    expect(statuses(after)).toEqual([401])
    for (const { text } of after) expect(JSON.parse(text).error.message).toMatch(/has been revoked/)
  })

  test('while workers ask for it the first time, is refused all the same', async () => {
    for (let round = 0; round < 5; round++) {
      const key = await makeKey(station, server.url)
      const during = calls(key.secret, CONNECTIONS)
      await revoke(key.id)
      expect(statuses(await calls(key.secret, CONNECTIONS))).toEqual([401])
      for (const { status } of await during) expect([200, 401]).toContain(status)
    }
  })

  test('from unknown to known is admitted at once', async () => {
    const unknown = await calls(crypto.randomUUID(), CONNECTIONS)
    expect(statuses(unknown)).toEqual([401])
    forgetRows(unknown)
    const { secret } = await makeKey(station, server.url)
    expect(statuses(await calls(secret, CONNECTIONS))).toEqual([200])
  })

  test('when it is deleted, is unknown to every worker', async () => {
    const key = await makeKey(station, server.url)
    const before = await calls(key.secret, CONNECTIONS)
    expect(statuses(before)).toEqual([200])
    const disconnected = await send('DELETE', `/api/api-keys/${key.id}`, {
      authorization: `Bearer ${station.adminToken}`,
    })
    expect(disconnected.status).toBe(200)
    const after = await calls(key.secret, 200)
    // Each worker throttles a network whose authentication fails sixty times a minute.
    for (const { status } of after) expect([401, 429]).toContain(status)
    expect(statuses(after)).toContain(401)
    // Its request logs are removed with it.
    forgetRows([...before, ...after])
  })
})

test('what workers learn of an upstream, each from its own calls, is reported as one', async () => {
  const disconnected = await startUpstream(() => undefined)
  await disconnected.close()
  const { id } = await makeUpstream({ graphql: admin }, disconnected.baseUrl)
  const model = await makeModel({ graphql: admin }, [{ upstream: id, upstreamModel: 'm' }])
  const key = await makeKey(station, server.url)
  const health = async () => {
    const { data } = await admin(
      'query ($id: ID!) { upstream(id: $id) { health { breaker lastFailure } } }',
      { id },
    )
    return data.upstream.health
  }
  expect(await health()).toEqual({ breaker: 'CLOSED', lastFailure: null })
  await expect
    .poll(
      async () => {
        for (const { status } of await calls(key.secret, CONNECTIONS, {}, model))
          expect([502, 503]).toContain(status)
        return health()
      },
      { timeout: 20_000 },
    )
    .toEqual({ breaker: expect.stringMatching(/OPEN/), lastFailure: 'CONNECT' })
})

describe('the rules of a key hold across workers', () => {
  const limits = [{ unit: 'REQUESTS', window: 'DAY', max: 60 }]
  const asAdmin = () => ({ url: server.url, adminToken: station.adminToken })

  test('of 400 concurrent calls exactly as many are admitted as its limit allows', async () => {
    const { id, secret } = await makeRuledKey(asAdmin(), { limits })
    const made = await calls(secret, 400)
    expect(made.filter(({ status }) => status === 200)).toHaveLength(60)
    const refused = made.filter(({ status }) => status === 429)
    expect(refused).toHaveLength(340)
    for (const { reply } of refused) {
      expect(reply.headers).toMatchObject({
        'x-latchkey-error-source': 'gateway',
        'x-ratelimit-limit-requests': '60',
        'x-ratelimit-remaining-requests': '0',
      })
    }
    const view = await send('GET', '/v1/key', { authorization: `Bearer ${secret}` })
    succeeded.push(view.id)
    expect(JSON.parse(view.text).limits).toMatchObject([{ limit: 60, remaining: 0 }])
    const { data } = await admin(
      'query ($input: ExplainCallInput!) { explainCall(input: $input) { explanation { refusal { code } } } }',
      { input: { apiKeyId: id, model: 'echo' } },
    )
    expect(data.explainCall.explanation.refusal).toEqual({ code: 'request_limit_reached' })
  })

  test('a key asks about itself, and replaces its secret, through whichever worker', async () => {
    const key = await makeRuledKey(asAdmin(), { selfRotation: true, ...{ limits } })
    expect(statuses(await calls(key.secret, 12))).toEqual([200])
    const ask = (method: string, path: string) =>
      send(method, path, { authorization: `Bearer ${key.secret}` })
    const info = await ask('GET', '/v1/key?history_days=1')
    expect(JSON.parse(info.text).history.totals).toMatchObject({ calls: 12, successful_calls: 12 })
    const page = await ask('GET', '/v1/key/logs?limit=5')
    expect(JSON.parse(page.text)).toMatchObject({ data: { length: 5 }, has_more: true })
    const rotated = await ask('POST', '/v1/key/rotate')
    for (const { id } of [info, page, rotated]) succeeded.push(id)
    expect(statuses(await calls(key.secret, 12))).toEqual([401])
    expect(statuses(await calls(JSON.parse(rotated.text).secret, 12))).toEqual([200])
  })

  test('a change holds in every worker from the next call on', async () => {
    const key = await makeRuledKey(asAdmin(), { limits, concurrency: { maxCalls: 100_000 } })
    expect(statuses(await calls(key.secret, 48))).toEqual([200])
    await setPolicy(asAdmin(), key, { limits: [{ ...limits[0], max: 50 }] })
    expect((await calls(key.secret, 48)).filter(({ status }) => status === 200)).toHaveLength(2)
    await setPolicy(asAdmin(), key, { models: { deny: ['echo'] } })
    expect(statuses(await calls(key.secret, 48))).toEqual([403])
    await setPolicy(asAdmin(), key, null)
    expect(statuses(await calls(key.secret, 48))).toEqual([200])
  })

  test('a place is free again when its call is over, through whichever worker', async () => {
    const { secret } = await makeRuledKey(asAdmin(), { concurrency: { maxCalls: 1 } })
    for (let n = 0; n < 12; n++) expect(statuses(await calls(secret, 1))).toEqual([200])
  })
})

describe('a model that changes', () => {
  test('takes its new route in every worker from the next call on', async () => {
    const { secret } = await makeKey(station, server.url)
    const upstreams = await Promise.all(['one', 'two'].map(namedUpstream))
    const [one, two] = upstreams
    try {
      const input = { name: 'follows', routes: [{ upstreamId: one?.id }] }
      const made = await admin(
        'mutation ($input: CreateModelInput!) { createModel(input: $input) { model { id } } }',
        {
          input,
        },
      )
      expect(await askedOf(secret, 'follows')).toEqual(['one'])
      const changed = { id: made.data.createModel.model.id, routes: [{ upstreamId: two?.id }] }
      await admin('mutation ($input: UpdateModelInput!) { updateModel(input: $input) { model { id } } }', {
        input: changed,
      })
      expect(await askedOf(secret, 'follows')).toEqual(['two'])
      // One that begins later knows it too.
      process.kill(workersOf(server)[0] ?? 0, 'SIGKILL')
      await expect.poll(replacedAndServing).toBe(`1 ${WORKERS}`)
      agent.destroy()
      agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
      expect(await askedOf(secret, 'follows')).toEqual(['two'])
    } finally {
      await Promise.all(upstreams.map(({ close }) => close()))
    }
  })

  /** How many workers had to be replaced so far, and how many serve. */
  async function replacedAndServing(): Promise<string> {
    const { text } = await send('GET', '/metrics', { authorization: `Bearer ${station.adminToken}` })
    const of = (metric: string) => new RegExp(`^${metric} (\\d+)$`, 'm').exec(text)?.[1]
    return `${of('latchkey_workers_replaced_total')} ${of('latchkey_workers')}`
  }

  /** An upstream that responds with its name as the id, to those with its credential. */
  async function namedUpstream(name: string) {
    const { baseUrl, close } = await startUpstream(({ headers }, response) =>
      json(response, headers.authorization === `Bearer sk-of-${name}` ? 200 : 401, {
        ...COMPLETION,
        id: `from ${name}`,
      }),
    )
    const { data } = await admin(
      'mutation ($input: CreateUpstreamInput!) { createUpstream(input: $input) { upstream { id } } }',
      { input: { name, kind: 'GENERIC', baseUrl, credentials: [{ secret: `sk-of-${name}` }] } },
    )
    return { id: data.createUpstream.upstream.id as string, close }
  }

  /** Which upstreams got many calls of a model, over all workers. */
  async function askedOf(secret: string, model: string): Promise<string[]> {
    const responses = await calls(secret, CONNECTIONS * 2, {}, model)
    expect(statuses(responses)).toEqual([200])
    return [...new Set(responses.map(({ text }) => JSON.parse(text).id.replace('from ', '')))]
  }
})

describe('admins, through whichever worker', () => {
  test('have GraphQL, REST, health and metrics', async () => {
    for (let n = 0; n < CONNECTIONS; n++) {
      const { status, text } = await send('GET', '/readyz')
      expect([status, JSON.parse(text)]).toEqual([200, { status: 'ready', reasons: [] }])
    }
    const { text } = await send('GET', '/metrics', { authorization: `Bearer ${station.adminToken}` })
    expect(text).toMatch(new RegExp(`^latchkey_workers ${WORKERS}$`, 'm'))
    expect(text).toMatch(/^latchkey_calls_total\{outcome="SUCCESS"\} [1-9]/m)
    expect(text).toMatch(/^latchkey_journal_writable 1$/m)
    expect((await send('GET', '/api/api-keys')).status).toBe(401)
    const page = await send('GET', '/graphql', {
      accept: 'text/html',
      authorization: `Bearer ${station.adminToken}`,
    })
    expect([page.status, page.reply.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
  })

  test('follow the calls of all workers in one live tail', async () => {
    const { secret } = await makeKey(station, server.url)
    const tail = await openTail({ url: server.url, adminToken: station.adminToken })
    const made = await calls(secret, CONNECTIONS * 2)
    const ids = new Set((await tail.logs(made.length)).map(({ id }) => id))
    expect(ids).toEqual(new Set(made.map(({ id }) => id)))
    expect(tail.dropped).toBe(0)
    tail.close()
  })

  test('are identified by their own address, which no header of theirs can change', async () => {
    const headers = {
      authorization: `Bearer ${station.adminToken}`,
      'content-type': 'application/json',
      'x-latchkey-client-address': '203.0.113.9',
      'X-Latchkey-Client-Address': '203.0.113.9',
    }
    const made = await send('POST', '/api/api-keys', headers, JSON.stringify({ name: 'from-far' }))
    expect(made.status).toBe(200)
    await station.withStore(async ({ prisma }) => {
      const [event] = await prisma.auditEvent.findMany({ orderBy: { id: 'desc' }, take: 1 })
      expect(event).toMatchObject({ targetLabel: 'from-far', ip: '127.0.0.1' })
    })
    const secret = JSON.parse(made.text).api_key
    const [call] = await calls(secret, 1, { 'x-latchkey-client-address': '203.0.113.9' })
    const { data } = await admin('query ($id: ID!) { requestLog(id: $id) { clientIp } }', { id: call?.id })
    expect(data.requestLog).toEqual({ clientIp: '127.0.0.1' })
  })

  test('are slowed down by address when they guess, whatever address they claim and whichever worker they ask', async () => {
    const codes: string[] = []
    for (let n = 0; n < 8; n++) {
      const { data } = await graphql(
        server,
        SIGN_IN,
        { input: { username: 'nobody', password: `wrong password ${n}` } },
        { headers: { 'x-latchkey-client-address': `198.51.100.${n}`, connection: 'close' } },
      )
      codes.push(data.signIn.userErrors[0].code)
    }
    expect(codes.slice(0, 5)).toEqual(Array(5).fill('WRONG_CREDENTIALS'))
    expect(codes.slice(5)).not.toContain('WRONG_CREDENTIALS')
  })

  test("may come from the console's own pages, and from no other site", async () => {
    const body = JSON.stringify({ query: '{ viewer { name } }' })
    const from = (origin: string) =>
      send('POST', '/graphql', { 'content-type': 'application/json', origin }, body)
    expect((await from(server.url)).status).toBe(200)
    expect((await from('http://elsewhere.example')).status).toBe(403)
  })

  test('get an error for a body that is too large, and their connection ends', async () => {
    const { status, reply } = await send(
      'POST',
      '/graphql',
      { 'content-type': 'application/json', authorization: `Bearer ${station.adminToken}` },
      'x'.repeat(2_000_000),
    )
    expect([status, reply.headers.connection]).toEqual([413, 'close'])
    expect(Object.keys(reply.headers).filter((name) => name.startsWith('x-latchkey'))).toEqual([])
  })
})

test('stopped, all calls that got a response are in the ledger', async () => {
  expect(await server.stop()).toBe(0)
  const { outcomes } = await expectAccount(station, succeeded)
  // The errors are those of the upstream that is not there.
  expect(outcomes).toEqual(new Set(['SUCCESS', 'DENIED', 'ERROR']))
})

/** Expects no row for each of these calls: they went with their key, or calls of unknown keys share rows. */
function forgetRows(replies: readonly Reply[]): void {
  const ids = new Set(replies.map(({ id }) => id))
  succeeded.splice(0, succeeded.length, ...succeeded.filter((id) => !ids.has(id)))
}

/** Calls over all connections at once; their responses. */
function calls(
  secret: string,
  count: number,
  headers: OutgoingHttpHeaders = {},
  model = 'echo',
): Promise<Reply[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const reply = await send(
        'POST',
        '/v1/chat/completions',
        { authorization: `Bearer ${secret}`, 'content-type': 'application/json', ...headers },
        chatBody({ model }),
      )
      succeeded.push(reply.id)
      return reply
    }),
  )
}

function send(
  method: string,
  path: string,
  headers: OutgoingHttpHeaders = {},
  body?: string,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(`${server.url}${path}`, { agent, method, headers }, async (reply) => {
      let text = ''
      try {
        for await (const chunk of reply.setEncoding('utf8')) text += chunk
      } catch (error) {
        return reject(error)
      }
      resolve({
        status: reply.statusCode ?? 0,
        id: String(reply.headers['x-request-id']),
        text,
        reply,
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

function statuses(responses: Reply[]): number[] {
  return [...new Set(responses.map(({ status }) => status))]
}

function admin(query: string, variables: Record<string, unknown> = {}) {
  return graphql(server, query, variables, { token: station.adminToken })
}

async function revoke(number: number): Promise<void> {
  const { data } = await admin(
    'mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { userErrors { code } } }',
    {
      id: `key_${number}`,
    },
  )
  expect(data.revokeApiKey.userErrors).toEqual([])
}
