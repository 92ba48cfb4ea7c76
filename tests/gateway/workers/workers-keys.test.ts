// What an admin does to a key holds in every process: a rotation, the end of its grace, and the abort of in-flight calls.
import {
  Agent,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
  type ServerResponse,
} from 'node:http'
import { Latchkey } from '@latchkey/sdk'
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest'
import { chatBody } from '../../support/server/gateway-calls.ts'
import type { ServerProcess } from '../../support/server/server-process.ts'
import { openStation, type Station } from '../../support/server/station.ts'
import { COMPLETION, chatChunks, event, startEvents } from '../../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

const WORKERS = 2
// Enough that every worker has some of them.
const CONNECTIONS = 32

let upstream: TestUpstream
let station: Station
let server: ServerProcess
let latchkey: Latchkey
let agent: Agent
const streaming = new Set<ServerResponse>()

beforeAll(async () => {
  upstream = await startUpstream((received, response) => {
    if ((received.json as { stream?: boolean }).stream !== true) return json(response, 200, COMPLETION)
    streaming.add(response)
    response.on('close', () => streaming.delete(response))
    startEvents(response)
    response.write(event(chatChunks(false)[1]))
  })
  station = await openStation(inject('database'), {
    env: {
      LATCHKEY_WORKERS: String(WORKERS),
      LATCHKEY_UPSTREAM_URL: upstream.baseUrl,
      LATCHKEY_TRUSTED_PROXIES: '127.0.0.1',
    },
  })
  server = await station.start()
  latchkey = new Latchkey({ url: server.url, adminToken: station.adminToken })
  agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
})
afterAll(async () => {
  agent.destroy()
  await station.remove()
  await upstream.close()
})

type Reply = { status: number; id: string; text: string; whole: boolean }

/** Calls over all connections at once. */
function calls(
  secret: string,
  count = CONNECTIONS,
  fields: Record<string, unknown> = {},
  headers: OutgoingHttpHeaders = {},
): Promise<Reply[]> {
  return Promise.all(Array.from({ length: count }, () => call(secret, fields, headers)))
}

function call(secret: string, fields: Record<string, unknown>, headers: OutgoingHttpHeaders): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${server.url}/v1/chat/completions`,
      {
        agent,
        method: 'POST',
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json', ...headers },
      },
      async (reply) => resolve(await read(reply)),
    )
    sent.on('error', reject)
    sent.end(chatBody(fields))
  })
}

async function read(reply: IncomingMessage): Promise<Reply> {
  let text = ''
  let whole = true
  try {
    for await (const chunk of reply.setEncoding('utf8')) text += chunk
  } catch {
    whole = false
  }
  return { status: reply.statusCode ?? 0, id: String(reply.headers['x-request-id']), text, whole }
}

const statuses = (responses: Reply[]) => [...new Set(responses.map(({ status }) => status))]
const create = () => latchkey.keys.create({ name: 'everywhere', keepEncryptedCopy: false })
const logOf = (id: string) => vi.waitFor(() => latchkey.logs.get(id), { timeout: 20_000 })

test('both secrets are known to every worker, until the grace ends', async () => {
  const { apiKey, secret } = await create()
  expect(statuses(await calls(secret))).toEqual([200])
  const { secret: next } = await latchkey.keys.rotate(apiKey.id)
  expect(statuses(await calls(next))).toEqual([200])
  const [during] = await calls(secret)
  expect(during?.status).toBe(200)
  expect(await logOf(during?.id ?? '')).toMatchObject({ usedSecret: 'FORMER', apiKey: { id: apiKey.id } })

  await latchkey.keys.stopFormerSecret(apiKey.id)
  const after = await calls(secret, CONNECTIONS * 2)
  expect(statuses(after)).toEqual([401])
  for (const { text } of after) expect(JSON.parse(text).error.message).toContain('has been replaced')
  expect(await logOf(after[0]?.id ?? '')).toMatchObject({
    usedSecret: 'REPLACED',
    errorCode: 'api_key_replaced',
  })
  expect(statuses(await calls(next))).toEqual([200])

  const { secret: last } = await latchkey.keys.rotate(apiKey.id, { graceSeconds: 1 })
  await expect.poll(async () => statuses(await calls(next))).toEqual([401])
  expect(statuses(await calls(last))).toEqual([200])
  // Whose the first was is not known any more.
  expect((await calls(secret, 1))[0]?.text).toContain('Incorrect API key')
})

test('the in-flight calls in all workers are aborted at once, and counted', async () => {
  const [key, other] = [await create(), await create()]
  const abort = calls(key.secret, CONNECTIONS - 2, { stream: true })
  const kept = calls(other.secret, 2, { stream: true })
  await vi.waitFor(() => expect(streaming.size).toBe(CONNECTIONS), { timeout: 20_000 })
  const { abortedCalls, status } = await latchkey.keys.revoke(key.apiKey.id, { abortInFlightCalls: true })
  expect([abortedCalls, status]).toEqual([CONNECTIONS - 2, 'REVOKED'])
  const broken = await abort
  for (const { text, whole } of broken) {
    expect(whole).toBe(false)
    expect(text).toMatch(/data: \{"error":\{"message":"This API key has been revoked[^\n]*\n\n$/)
  }
  await vi.waitFor(() => expect(streaming.size).toBe(2), { timeout: 20_000 })
  for (const { id } of broken)
    expect(await logOf(id)).toMatchObject({ outcome: 'ERROR', errorCode: 'api_key_revoked' })
  for (const response of streaming) response.end(event('[DONE]'))
  expect((await kept).map(({ whole }) => whole)).toEqual([true, true])
})

test('the client address from a trusted proxy is used, for calls and for admins, through whichever worker', async () => {
  const { secret } = await create()
  const headers = { 'x-forwarded-for': '198.51.100.1, 203.0.113.9' }
  for (const { id } of await calls(secret, 8, {}, headers))
    expect(await logOf(id)).toMatchObject({ clientIp: '203.0.113.9' })
  const made = await fetch(`${server.url}/api/api-keys`, {
    method: 'POST',
    headers: {
      ...headers,
      authorization: `Bearer ${station.adminToken}`,
      'content-type': 'application/json',
    },
    body: '{"name":"from-far"}',
  })
  expect(made.status).toBe(200)
  await station.withStore(async ({ prisma }) => {
    const [newest] = await prisma.auditEvent.findMany({ orderBy: { id: 'desc' }, take: 1 })
    expect(newest).toMatchObject({ targetLabel: 'from-far', ip: '203.0.113.9' })
  })
})

test('a network that guesses keys is throttled at every worker, as at one process', async () => {
  const guess = () =>
    call(
      '00000000-0000-4000-8000-000000000000',
      {},
      { 'x-forwarded-for': '203.0.113.77', connection: 'close' },
    )
  // Each on a connection of its own, so that the workers take turns. One at a time, so that each is told of those before.
  const statuses: number[] = []
  for (let n = 0; n < 90; n++) statuses.push((await guess()).status)
  // What is being told when a guess arrives is not counted yet: a few more than the sixty of one process.
  expect(statuses.slice(0, 60)).toEqual(Array(60).fill(401))
  expect(statuses.filter((status) => status === 401).length).toBeLessThan(75)
  expect(statuses.slice(75)).toEqual(Array(15).fill(429))
})
