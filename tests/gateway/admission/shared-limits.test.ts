// What many keys share, the budget of their owner and the limits of their labels: exact for 400 calls at once over several processes,
// and after a restart.
import { Agent, request } from 'node:http'
import { Latchkey } from '@latchkey/sdk'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { chatBody } from '../../support/server/gateway-calls.ts'
import { makePricedModel } from '../../support/server/priced-models.ts'
import type { ServerProcess } from '../../support/server/server-process.ts'
import { openStation, type Station } from '../../support/server/station.ts'
import { COMPLETION } from '../../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

// $1 and $10 for a million tokens; COMPLETION has 9 in, 12 out.
const COMPLETION_NANO = 9 * 1_000 + 12 * 10_000
const CALLS = 400
const LABEL = { name: 'env', value: 'prod' }
const LABEL_MAX = 120

let upstream: TestUpstream
let station: Station
let server: ServerProcess
let agent: Agent

const client = () => new Latchkey({ url: server.url, adminToken: station.adminToken })

beforeAll(async () => {
  upstream = await startUpstream((_request, response) => json(response, 200, COMPLETION))
  station = await openStation(inject('database'), {
    env: { LATCHKEY_WORKERS: '2', LATCHKEY_UPSTREAM_URL: upstream.baseUrl },
  })
  server = await station.start()
  agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const price = { INPUT_TOKEN: '1', OUTPUT_TOKEN: '10' }
  await makePricedModel(
    { url: server.url, adminToken: station.adminToken },
    { baseUrl: upstream.baseUrl, name: 'paid', price },
  )
})
afterAll(async () => {
  agent.destroy()
  await station.remove()
  await upstream.close()
})

type Reply = { status: number; deniedBy: string | undefined; message: string }

function call(secret: string, path = '/v1/chat/completions'): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const method = path === '/v1/key' ? 'GET' : 'POST'
    const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' }
    const sent = request(`${server.url}${path}`, { method, agent, headers }, (response) => {
      let message = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => {
        message += text
      })
      response.on('end', () => {
        const deniedBy = response.headers['x-latchkey-denied-by']
        resolve({ status: response.statusCode ?? 0, deniedBy: deniedBy?.toString(), message })
      })
    })
    sent.on('error', reject)
    sent.end(method === 'GET' ? undefined : chatBody({ model: 'paid', max_tokens: 12 }))
  })
}

const callAll = (secrets: string[]) =>
  Promise.all(Array.from({ length: CALLS }, (_, at) => call(secrets[at % secrets.length] ?? '')))

const countOf = (replies: Reply[], status: number) =>
  replies.filter((reply) => reply.status === status).length

async function shared(secret: string) {
  const { message } = await call(secret, '/v1/key')
  const { limits, budgets } = JSON.parse(message)
  return { limits, budgets }
}

test('no call of 400 at once goes beyond an owner’s budget or a label’s limit, nor does one after a restart', async () => {
  const { keys, owners, labelLimits, logs } = client()
  const limitNano = 50 * COMPLETION_NANO
  const owner = await owners.create({
    name: 'Søk “team”',
    policy: { budgets: [{ window: 'TOTAL', limitUsd: String(limitNano / 1e9) }] },
  })
  const limits = await labelLimits.create({
    name: 'production',
    label: LABEL,
    policy: { limits: [{ unit: 'REQUESTS', window: 'DAY', max: LABEL_MAX }] },
  })
  const owned: string[] = []
  const labelled: string[] = []
  for (let at = 0; at < 4; at++) {
    owned.push((await keys.create({ name: `owned ${at}`, ownerId: owner.id })).secret)
    // The first has a limit of its own besides.
    const policy =
      at === 0 ? { limits: [{ unit: 'REQUESTS' as const, window: 'DAY' as const, max: 10 }] } : null
    labelled.push((await keys.create({ name: `labelled ${at}`, labels: [LABEL], policy })).secret)
  }

  const [ofOwner, ofLabel] = await Promise.all([callAll(owned), callAll(labelled)])
  expect([countOf(ofLabel, 200), countOf(ofLabel, 429)]).toEqual([LABEL_MAX, CALLS - LABEL_MAX])
  const byLabel = ofLabel.filter(({ deniedBy }) => deniedBy !== undefined)
  expect(new Set(byLabel.map(({ deniedBy }) => deniedBy))).toEqual(new Set(['label env=prod']))
  expect(byLabel[0]?.message).toContain('label \\"env=prod\\" of this API key')
  // The key with ten calls is denied by its own limit, which takes nothing of the label's.
  expect(ofLabel.filter(({ status }, at) => at % 4 === 0 && status === 200).length).toBeLessThanOrEqual(10)
  // Each call reserves more than it costs in the end, so that some of the budget is left; never less than none.
  while ((await call(owned[0] ?? '')).status === 200);
  const billed = upstream.received.length - LABEL_MAX
  expect(billed * COMPLETION_NANO).toBeLessThanOrEqual(limitNano)
  expect(billed).toBeGreaterThan(40)
  const denied = ofOwner.find(({ status }) => status === 429)
  expect(denied).toMatchObject({ deniedBy: `owner ${owner.id}` })
  expect(JSON.parse(denied?.message ?? '{}').error).toMatchObject({
    code: 'insufficient_quota',
    message: expect.stringContaining('The owner "Søk “team”" of this API key has exceeded its total budget'),
  })
  // The log of a denied call says whose limit it was, in whatever script the name is.
  const denials = (await logs.list({ first: 100, filter: { outcome: ['DENIED'] } })).items.map(
    (log) => log.denial,
  )
  const total = { rule: 'BUDGET', of: 'OWNER', name: 'Søk “team”', window: 'TOTAL', resetsAt: null }
  expect(denials).toContainEqual(expect.objectContaining(total))
  const [ofLabels] = (await logs.list({ first: 1, filter: { labels: [LABEL], outcome: ['DENIED'] } })).items
  expect(ofLabels?.denial).toMatchObject({ rule: 'REQUESTS', window: 'DAY' })
  const before = [await shared(owned[1] ?? ''), await shared(labelled[1] ?? '')]
  expect(before).toMatchObject([
    {
      budgets: [
        {
          shared_by: { kind: 'owner', name: 'Søk “team”' },
          spent_usd: String((billed * COMPLETION_NANO) / 1e9),
        },
      ],
    },
    { limits: [{ shared_by: { kind: 'label', name: 'env=prod' }, remaining: 0 }] },
  ])

  await server.stop()
  server = await station.start()
  expect([await shared(owned[1] ?? ''), await shared(labelled[1] ?? '')]).toEqual(before)
  expect((await call(owned[2] ?? '')).deniedBy).toBe(`owner ${owner.id}`)
  expect((await call(labelled[2] ?? '')).deniedBy).toBe('label env=prod')
  // A key that leaves the label is free at once; the calls that it made stay the label's.
  const { items } = await client().keys.list({ filter: { search: 'labelled 2' } })
  await client().keys.update(items[0]?.id ?? '', { labels: [] })
  expect((await call(labelled[2] ?? '')).status).toBe(200)
  await client().labelLimits.update(limits.id, { enabled: false })
  expect((await call(labelled[3] ?? '')).status).toBe(200)
  await client().labelLimits.update(limits.id, { enabled: true })
  expect((await call(labelled[3] ?? '')).deniedBy).toBe('label env=prod')
  await client().owners.update(owner.id, { policy: null })
  expect((await call(owned[3] ?? '')).status).toBe(200)
})
