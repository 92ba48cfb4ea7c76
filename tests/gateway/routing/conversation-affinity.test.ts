// The calls of one conversation stay on one of several equal routes, for the prompt cache of its upstream, while weights hold across
// conversations.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { chat, post } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logOf } from '../../support/server/request-logs.ts'
import { ask, makeModel, makeUpstream } from '../../support/server/routed-models.ts'
import { COMPLETION } from '../../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

const TURNS = 8

let latchkey: TestLatchkey
let secret = ''
let upstreams: TestUpstream[] = []
const ids: string[] = []
let model = ''

beforeAll(async () => {
  upstreams = [await startUpstream(completion), await startUpstream(completion)]
  latchkey = await startLatchkey()
  secret = (await latchkey.createKey()).secret
  const credentials = [{ secret: 'sk-the-first-credential' }, { secret: 'sk-the-second-credential' }]
  for (const { baseUrl } of upstreams) ids.push((await makeUpstream(latchkey, baseUrl, { credentials })).id)
  model = await makeModel(latchkey, equalRoutes())
})
beforeEach(() => {
  for (const upstream of upstreams) {
    upstream.respondWith(completion)
    upstream.received.length = 0
  }
})
afterAll(async () => {
  await latchkey.close()
  for (const upstream of upstreams) await upstream.close()
})

const completion: Parameters<typeof startUpstream>[0] = (_request, response) =>
  json(response, 200, COMPLETION)
const equalRoutes = () => ids.map((upstream) => ({ upstream, upstreamModel: 'there', priority: 0 }))

/** The messages of a conversation at its nth turn. */
function turn(name: string, n: number) {
  const first = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: `This is ${name}.` },
  ]
  const rest = Array.from({ length: n }, (_each, at) => [
    { role: 'assistant', content: `Response ${at}` },
    { role: 'user', content: `Question ${at}` },
  ])
  return [...first, ...rest.flat()]
}

/** Which upstream and credential each request since the last look went to. */
function takenRoutes(): string[] {
  const taken = upstreams.flatMap(({ received }, at) =>
    received.map(({ headers }) => `${at} ${headers.authorization}`),
  )
  for (const { received } of upstreams) received.length = 0
  return taken
}

/** The routes that the turns of one conversation went to, each once. */
async function routesOf(call: (n: number) => Promise<Response>): Promise<Set<string>> {
  for (let n = 0; n < TURNS; n++) {
    const response = await call(n)
    expect(response.status).toBe(200)
    await response.text()
  }
  return new Set(takenRoutes())
}

describe('a conversation stays on one route', () => {
  test.for<[string, (name: string, n: number) => Promise<Response>]>([
    ['by its first messages', (name, n) => chat(latchkey, secret, { model, messages: turn(name, n) })],
    [
      'by prompt_cache_key',
      (name, n) =>
        post(
          latchkey,
          secret,
          '/v1/responses',
          JSON.stringify({ model, input: `${n}`, prompt_cache_key: name }),
        ),
    ],
    [
      'by the header of an agent',
      (name, n) =>
        chat(
          latchkey,
          secret,
          { model, messages: turn(`${name} ${n}`, 0) },
          { headers: { session_id: name } },
        ),
    ],
    [
      'with a body of a size',
      (name, n) =>
        chat(latchkey, secret, {
          model,
          messages: [{ role: 'system', content: 'x'.repeat(200_000) }, ...turn(name, n)],
        }),
    ],
  ])('%s', async ([, call]) => {
    const all = new Set<string>()
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
      const routes = await routesOf((n) => call(name, n))
      expect(routes.size, name).toBe(1)
      for (const route of routes) all.add(route)
    }
    // Six conversations do not all meet on one of four routes, but once in a thousand times: these six do not.
    expect(all.size).toBeGreaterThan(1)
  })
})

test('the log says SESSION, and NONE where there was nothing to choose', async () => {
  const chosen = await chat(latchkey, secret, { model, messages: turn('z', 0) })
  expect((await logOf(latchkey, chosen)).affinity).toBe('SESSION')
  const single = await makeUpstream(latchkey, upstreams[0]?.baseUrl ?? '')
  const only = await makeModel(latchkey, [{ upstream: single.id, upstreamModel: 'there' }])
  expect((await logOf(latchkey, await chat(latchkey, secret, { model: only }))).affinity).toBeNull()
  // One route comes before the other, whatever the conversation.
  const ranked = await makeModel(latchkey, [
    { upstream: single.id, upstreamModel: 'there', priority: 0 },
    { upstream: ids[1] ?? '', upstreamModel: 'there', priority: 1 },
  ])
  expect((await logOf(latchkey, await chat(latchkey, secret, { model: ranked }))).affinity).toBeNull()
})

test('over many conversations each route gets calls in proportion to its weight', async () => {
  const name = 'weighted'
  await ask(
    latchkey,
    'mutation ($input: CreateModelInput!) { createModel(input: $input) { model { id } userErrors { message } } }',
    {
      name,
      routes: ids.map((upstreamId, at) => ({
        upstreamId,
        upstreamModel: 'there',
        priority: 0,
        weight: 1 + 3 * at,
      })),
    },
  )
  for (let n = 0; n < 200; n++)
    await (await chat(latchkey, secret, { model: name, messages: turn(`w${n}`, 0) })).text()
  const share = (upstreams[1]?.received.length ?? 0) / 200
  expect(share).toBeGreaterThan(0.6)
  expect(share).toBeLessThan(0.9)
})

test('while its route fails a conversation goes to the others, and comes back', async () => {
  const call = (n: number) => chat(latchkey, secret, { model, messages: turn('failing', n) })
  await (await call(0)).text()
  const [home] = takenRoutes()
  const at = Number(home?.split(' ')[0])
  upstreams[at]?.respondWith((_request, response) => json(response, 500, { error: { message: 'down' } }))
  const response = await call(1)
  expect(response.status).toBe(200)
  await response.text()
  expect(takenRoutes().some((route) => route.startsWith(`${1 - at} `))).toBe(true)
  upstreams[at]?.respondWith(completion)
  await expect
    .poll(async () => {
      await (await call(2)).text()
      return takenRoutes()
    })
    .toEqual([home])
})

test('without session affinity the calls of a conversation are spread by weight and chance', async () => {
  const spread = await makeModel(latchkey, equalRoutes(), { sessionAffinity: false })
  for (let n = 0; n < 60; n++) {
    const response = await chat(latchkey, secret, { model: spread, messages: turn('spread', n) })
    await response.text()
    if (n === 0) expect((await logOf(latchkey, response)).affinity).toBeNull()
  }
  expect(new Set(takenRoutes()).size).toBe(4)
})

test('the switch of a model can be changed, and is read back', async () => {
  const { data } = await latchkey.graphql('{ models(first: 100) { nodes { id name sessionAffinity } } }')
  const found = data.models.nodes.find(({ name }: { name: string }) => name === model)
  expect(found).toMatchObject({ sessionAffinity: true })
  const { updateModel } = await ask(
    latchkey,
    'mutation ($input: UpdateModelInput!) { updateModel(input: $input) { model { sessionAffinity } userErrors { message } } }',
    { id: found.id, sessionAffinity: false },
  )
  expect(updateModel.model).toEqual({ sessionAffinity: false })
})
