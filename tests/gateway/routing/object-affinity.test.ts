// What an upstream stores comes back to the upstream and the credential that made it, whatever weight and chance say.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { post } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logOf } from '../../support/server/request-logs.ts'
import { ask, makeModel, makeUpstream } from '../../support/server/routed-models.ts'
import { makeRuledKey } from '../../support/server/ruled-keys.ts'
import { type ObjectUpstream, startObjectUpstream } from '../../support/upstreams/object-upstream.ts'

const FOLLOW_UPS = 200

let latchkey: TestLatchkey
let secret = ''
let upstreams: ObjectUpstream[] = []
let model = ''

beforeAll(async () => {
  upstreams = [await startObjectUpstream(), await startObjectUpstream()]
  latchkey = await startLatchkey()
  secret = (await latchkey.createKey()).secret
  const made = []
  for (const [at, { baseUrl }] of upstreams.entries()) {
    const credentials = [{ secret: `sk-first-credential-${at}` }, { secret: `sk-second-credential-${at}` }]
    made.push(await makeUpstream(latchkey, baseUrl, { kind: 'OPENAI', credentials }))
  }
  model = await makeModel(
    latchkey,
    made.map(({ id }) => ({ upstream: id, upstreamModel: 'there', priority: 0 })),
  )
})
beforeEach(() => {
  for (const { received } of upstreams) received.length = 0
})
afterAll(async () => {
  await latchkey.close()
  for (const upstream of upstreams) await upstream.close()
})

type Made = { id: string; output: { id: string; encrypted_content?: string }[] }

const respond = (fields: object) =>
  post(latchkey, secret, '/v1/responses', JSON.stringify({ model, ...fields }))
const get = (path: string, method = 'GET') =>
  fetch(`${latchkey.url}${path}`, { method, headers: { authorization: `Bearer ${secret}` } })

/** The whole response, of a stream that of its last event. */
async function made(reply: Response): Promise<Made> {
  const text = await reply.text()
  if (!reply.headers.get('content-type')?.includes('event-stream')) return JSON.parse(text)
  return JSON.parse(text.trim().split('data: ').at(-1) ?? '').response
}

describe.for([false, true])('responses, streamed: %s', (stream) => {
  test('a follow-up goes to the upstream and credential that made the response before it', async () => {
    const statuses: number[] = []
    const texts = new Set<number>()
    for (let n = 0; n < FOLLOW_UPS; n++) {
      const first = await made(await respond({ input: `hello ${n}`, stream }))
      const next = await respond({ input: 'and then?', previous_response_id: first.id, stream })
      statuses.push(next.status)
      await next.text()
    }
    for (const { received } of upstreams) texts.add(received.length)
    expect(statuses.filter((status) => status !== 200)).toEqual([])
    // No follow-up was tried where it could not be served.
    expect(upstreams.reduce((sum, { received }) => sum + received.length, 0)).toBe(2 * FOLLOW_UPS)
    // Weight and chance still decide on first responses.
    for (const { received } of upstreams) expect(received.length).toBeGreaterThan(FOLLOW_UPS / 4)
  })

  test('encrypted reasoning and items of a response go back to where they came from', async () => {
    for (let n = 0; n < 20; n++) {
      const first = await made(await respond({ input: `hello ${n}`, stream, store: n % 2 === 0 }))
      for (const { received } of upstreams) received.length = 0
      const [reasoning, message] = first.output
      const input =
        n % 2 === 0
          ? [{ type: 'item_reference', id: message?.id }]
          : [{ ...reasoning, type: 'reasoning', id: undefined }]
      await (await respond({ input, stream })).text()
      const credential = upstreams
        .map(({ received }) => received[0]?.headers.authorization)
        .filter((sent) => sent)
      const owner = upstreams.flatMap((upstream, at) =>
        ['first', 'second']
          .filter((name) => upstream.idsOf(`sk-${name}-credential-${at}`).includes(first.id))
          .map((name) => `Bearer sk-${name}-credential-${at}`),
      )
      expect(credential).toEqual(owner)
    }
  })
})

test('a stored response is read, cancelled and deleted where it is', async () => {
  for (let n = 0; n < 20; n++) {
    const { id } = await made(await respond({ input: `hello ${n}` }))
    expect((await get(`/v1/responses/${id}`)).status).toBe(200)
    expect((await get(`/v1/responses/${id}/input_items`)).status).toBe(200)
    expect((await get(`/v1/responses/${id}/cancel`, 'POST')).status).toBe(200)
    expect((await get(`/v1/responses/${id}`, 'DELETE')).status).toBe(200)
    expect((await get(`/v1/responses/${id}`)).status).toBe(404)
  }
})

test('a batch and a response follow the file that they name', async () => {
  for (let n = 0; n < 10; n++) {
    const form = new FormData()
    form.set('purpose', 'batch')
    form.set('file', new Blob(['{}']), 'a.jsonl')
    const file = await fetch(`${latchkey.url}/v1/files`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}` },
      body: form,
    })
    const { id } = (await file.json()) as Made
    const batch = await post(
      latchkey,
      secret,
      '/v1/batches',
      JSON.stringify({ input_file_id: id, endpoint: '/v1/responses' }),
    )
    expect(batch.status).toBe(200)
    const { id: batchId } = (await batch.json()) as Made
    expect((await get(`/v1/batches/${batchId}`)).status).toBe(200)
    const content = [{ type: 'input_file', file_id: id }]
    const reply = await respond({ input: [{ role: 'user', content }] })
    expect(reply.status).toBe(200)
    expect((await get(`/v1/files/${id}/content`)).status).toBe(200)
    await reply.text()
  }
})

test('the log says what a route was chosen by', async () => {
  const first = await respond({ input: 'hello' })
  const { id } = await made(first)
  const next = await respond({ input: 'and then?', previous_response_id: id })
  await next.text()
  expect((await logOf(latchkey, next)).affinity).toBe('OBJECT')
})

describe('without the route that made it', () => {
  test('an object is looked for at every upstream, in order', async () => {
    const own = secret
    secret = (await makeRuledKey(latchkey, { sharedObjects: true })).secret
    for (const [at, upstream] of upstreams.entries())
      for (const name of ['first', 'second']) {
        const id = upstream.make(`sk-${name}-credential-${at}`, 'files')
        expect((await get(`/v1/files/${id}`)).status).toBe(200)
        expect((await get(`/v1/files/${id}`, 'DELETE')).status).toBe(200)
        const response = upstream.make(`sk-${name}-credential-${at}`, 'responses')
        const reply = await respond({ input: 'hello', previous_response_id: response })
        await reply.text()
        expect(reply.status).toBe(200)
      }
    expect((await get('/v1/files/file-none')).status).toBe(404)
    secret = own
  })

  test('a replaced credential of the same upstream is asked first', async () => {
    const own = await startObjectUpstream()
    const { id: upstream } = await makeUpstream(latchkey, own.baseUrl, {
      kind: 'OPENAI',
      credentials: [{ secret: 'sk-credential-before' }],
    })
    const routed = await makeModel(latchkey, [{ upstream, upstreamModel: 'there' }])
    const first = await post(
      latchkey,
      secret,
      '/v1/responses',
      JSON.stringify({ model: routed, input: 'hello' }),
    )
    const { id } = await made(first)
    await ask(
      latchkey,
      'mutation ($input: UpdateUpstreamInput!) { updateUpstream(input: $input) { userErrors { message } } }',
      { id: upstream, credentials: [{ secret: 'sk-credential-after' }] },
    )
    own.received.length = 0
    await (await get(`/v1/responses/${id}`)).text()
    expect(own.received.map(({ headers }) => headers.authorization)).toEqual(['Bearer sk-credential-after'])
    await own.close()
  })
})
