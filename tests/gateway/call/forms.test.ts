// Forms with a file are routed, limited and priced by the model that they name, wherever it stands in them.
import { once } from 'node:events'
import { existsSync, readdirSync, readlinkSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { ENDPOINTS } from '@latchkey/server/domain/endpoints/endpoints.ts'
import { toFile } from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openAi } from '../../support/clients/openai-client.ts'
import { errorOf, post } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { makePricedModel } from '../../support/server/priced-models.ts'
import { logOf, requestLogs } from '../../support/server/request-logs.ts'
import { ask, makeModel, makeUpstream } from '../../support/server/routed-models.ts'
import { makeRuledKey } from '../../support/server/ruled-keys.ts'
import { json, type Responder, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

const MIB = 1024 * 1024
// Half of it for one key.
const ROOM = 12 * MIB
const PATHS = ENDPOINTS.filter(({ served }) => served === 'FORM').map(({ path }) => `/v1/${path}`)
const HEARD: Responder = (_request, response) =>
  json(response, 200, { text: 'Hi', usage: { type: 'duration', seconds: 3 } })

let upstream: TestUpstream
let other: TestUpstream
let latchkey: TestLatchkey
let secret = ''
/** A managed model, which its upstream knows by another name. */
let managed = ''

// Without an upstream of the environment: a managed model needs none.
beforeAll(async () => {
  upstream = await startUpstream(HEARD)
  other = await startUpstream(HEARD)
  latchkey = await startLatchkey({ env: { LATCHKEY_UPLOAD_SPOOL_BYTES: String(ROOM) } })
  secret = (await latchkey.createKey()).secret
  const { id } = await makeUpstream(latchkey, upstream.baseUrl)
  managed = await makeModel(latchkey, [{ upstream: id, upstreamModel: 'whisper-large' }])
})
beforeEach(() => {
  for (const one of [upstream, other]) {
    one.received.length = 0
    one.respondWith(HEARD)
  }
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
  await other.close()
})

const TYPE = 'multipart/form-data; boundary=----b'

function part(head: string, content: string): string {
  return `------b\r\nContent-Disposition: form-data; ${head}\r\n\r\n${content}\r\n`
}

function formOf(fields: [string, string][], fileBytes = 10, place = fields.length): string {
  const parts = fields.map(([name, value]) => part(`name="${name}"`, value))
  parts.splice(place, 0, part('name="file"; filename="a.mp3"', 'x'.repeat(fileBytes)))
  return `${parts.join('')}------b--\r\n`
}

function send(body: RequestInit['body'], path = '/v1/audio/transcriptions', key = secret): Promise<Response> {
  return post(latchkey, key, path, body, { headers: { 'content-type': TYPE } })
}

describe('the model', () => {
  test.for(PATHS)('of a form for %s decides where it goes, and is renamed to the byte', async (path) => {
    for (const [place, fileBytes] of [
      [0, 10],
      [1, 10],
      [2, 10],
      [0, 3 * MIB],
      [2, 3 * MIB],
    ] as const) {
      upstream.received.length = 0
      const form = formOf(
        [
          ['model', managed],
          ['prompt', 'größer'],
        ],
        fileBytes,
        place,
      )
      const response = await send(form, path)
      expect(response.status).toBe(200)
      const [received] = upstream.received
      const expected = form.replace(`\r\n\r\n${managed}\r\n`, '\r\n\r\nwhisper-large\r\n')
      expect(received?.path).toBe(path)
      expect(received?.body.equals(Buffer.from(expected)), `${path} ${place} ${fileBytes}`).toBe(true)
      expect(received?.headers['content-length']).toBe(String(Buffer.byteLength(expected)))
      expect(received?.headers['content-type']).toBe(TYPE)
      expect(await logOf(latchkey, response)).toMatchObject({
        outcome: 'SUCCESS',
        requestedModel: managed,
        resolvedModel: 'whisper-large',
        requestBytes: Buffer.byteLength(form),
      })
    }
  })

  test('with the length of its part and its name without quotes is renamed with both', async () => {
    const lengthy = `------b\r\nContent-Disposition: form-data; name=model\r\nContent-Length: ${managed.length}\r\n\r\n${managed}\r\n------b--\r\n`
    expect((await send(lengthy)).status).toBe(200)
    expect(upstream.received.map(({ body }) => body.toString())).toEqual([
      '------b\r\nContent-Disposition: form-data; name="model"\r\nContent-Length: 13\r\n\r\nwhisper-large\r\n------b--\r\n',
    ])
  })

  test('of a body in chunks, and in JSON, too', async () => {
    const chunked = new ReadableStream({
      start(controller) {
        for (const piece of formOf([['model', managed]], 2 * MIB).match(/[\s\S]{1,70001}/g) ?? [])
          controller.enqueue(Buffer.from(piece))
        controller.close()
      },
    })
    const init = { headers: { 'content-type': TYPE }, duplex: 'half' } as RequestInit
    expect((await post(latchkey, secret, '/v1/audio/translations', chunked, init)).status).toBe(200)
    const images = [{ image_url: 'https://example.org/a.png' }]
    for (const path of ['/v1/images/edits', '/v1/videos']) {
      upstream.received.length = 0
      const response = await post(latchkey, secret, path, JSON.stringify({ model: managed, images, n: 2 }))
      expect(response.status).toBe(200)
      expect(upstream.received).toMatchObject([{ path, json: { model: 'whisper-large', images, n: 2 } }])
    }
  })

  test('that is switched off is a 404, and one that is no name a 400', async () => {
    const { id } = await makeUpstream(latchkey, upstream.baseUrl)
    const off = await makeModel(latchkey, [{ upstream: id, upstreamModel: 'a' }], { enabled: false })
    const response = await send(formOf([['model', off]]))
    expect([response.status, (await errorOf(response)).code]).toEqual([404, 'model_not_found'])
    for (const [form, param] of [
      [formOf([['model', '']]), 'model'],
      [formOf([['model', 'x'.repeat(300)]]), 'model'],
    ] as const) {
      const response = await send(form)
      expect([response.status, (await errorOf(response)).param]).toEqual([400, param])
    }
    expect(upstream.received).toEqual([])
  })

  test('is what the rules of a key go by', async () => {
    const allowed = await makeRuledKey(latchkey, { models: { allow: ['other'] } })
    const limited = await makeRuledKey(latchkey, {
      limits: [{ unit: 'REQUESTS', window: 'DAY', max: 1, model: managed }],
    })
    for (const path of PATHS) {
      for (const body of [formOf([['model', managed]]), formOf([['model', managed]], 2 * MIB), formOf([])]) {
        const response = await send(body, path, allowed.secret)
        expect([path, response.status]).toEqual([path, 403])
      }
      const response = await post(latchkey, allowed.secret, path, JSON.stringify({ model: managed }))
      expect([path, response.status]).toEqual([path, 403])
    }
    expect(upstream.received).toEqual([])
    const statuses = []
    for (let call = 0; call < 2; call++)
      statuses.push((await send(formOf([['model', managed]]), PATHS[0], limited.secret)).status)
    expect(statuses).toEqual([200, 429])
  })

  test('is what a form is priced by, on the route that it took', async () => {
    await makePricedModel(latchkey, {
      baseUrl: upstream.baseUrl,
      name: 'painter',
      upstreamModel: 'paint-1',
      price: { IMAGE: '0.04' },
    })
    const budget = { budgets: [{ window: 'DAY', limitUsd: '0.10' }] }
    const { secret: governed } = await makeRuledKey(latchkey, budget)
    upstream.respondWith((_request, response) => json(response, 200, { data: [{}, {}] }))
    const two = formOf([
      ['n', '2'],
      ['model', 'painter'],
    ])
    const first = await send(two, '/v1/images/edits', governed)
    expect(first.status).toBe(200)
    expect(await logOf(latchkey, first)).toMatchObject({ costNanoUsd: 80_000_000 })
    expect((await send(two, '/v1/images/edits', governed)).status).toBe(429)
    expect((await send(two, '/v1/videos', governed)).status).toBe(403)
  })
})

test('a form whose first upstream fails goes whole to the next, under the name there', async () => {
  const [first, second] = [
    await makeUpstream(latchkey, upstream.baseUrl),
    await makeUpstream(latchkey, other.baseUrl),
  ]
  const model = await makeModel(latchkey, [
    { upstream: first.id, upstreamModel: 'a' },
    { upstream: second.id, upstreamModel: 'second-model' },
  ])
  upstream.respondWith((_request, response) => json(response, 503, { error: { message: 'busy' } }))
  for (const fileBytes of [10, 3 * MIB]) {
    const form = formOf([['model', model]], fileBytes)
    const response = await send(form)
    expect(response.status).toBe(200)
    const expected = Buffer.from(form.replace(`\r\n${model}\r\n`, '\r\nsecond-model\r\n'))
    expect(other.received.at(-1)?.body.equals(expected)).toBe(true)
    expect(await logOf(latchkey, response)).toMatchObject({ upstream: second.name })
  }
})

test('what is made of a form is asked for where it was made', async () => {
  upstream.respondWith((_request, response) => json(response, 200, { id: 'video_1', status: 'queued' }))
  const made = await send(formOf([['model', managed]]), '/v1/videos')
  expect(made.status).toBe(200)
  const headers = { authorization: `Bearer ${secret}` }
  expect((await fetch(`${latchkey.url}/v1/videos/video_1`, { headers })).status).toBe(200)
  expect(upstream.received.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /v1/videos',
    'GET /v1/videos/video_1',
  ])
})

describe('a form that is larger than memory should hold', () => {
  test('has a file without a name, for its user alone, which goes with the call', async () => {
    let open: string[] = []
    upstream.respondWith((received, response) => {
      open = spooledFiles()
      HEARD(received, response)
    })
    await send(formOf([['model', managed]], 3 * MIB))
    const folder = join(latchkey.dataDir, 'spool')
    expect([readdirSync(folder), statSync(folder).mode & 0o777]).toEqual([[], 0o700])
    if (existsSync('/proc/self/fd')) expect(open).toHaveLength(1)
    await expect.poll(spooledFiles).toEqual([])
  })

  test('leaves none behind where its client disconnects, or its key may not call the model', async () => {
    const { secret: ruled } = await makeRuledKey(latchkey, { models: { allow: ['other'] } })
    expect((await send(formOf([['model', managed]], 3 * MIB), PATHS[0], ruled)).status).toBe(403)
    await expect.poll(spooledFiles).toEqual([])
    const upload = request(new URL('/v1/audio/transcriptions', latchkey.url), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${secret}`,
        'content-type': TYPE,
        'content-length': String(5 * MIB),
        expect: '100-continue',
      },
    })
    upload.on('error', () => undefined)
    upload.flushHeaders()
    await once(upload, 'continue')
    upload.write(part('name="file"; filename="a"', 'x'.repeat(3 * MIB)))
    if (existsSync('/proc/self/fd')) await expect.poll(() => spooledFiles().length).toBe(1)
    upload.destroy()
    await expect.poll(spooledFiles).toEqual([])
    await expect
      .poll(async () => (await requestLogs(latchkey))[0])
      .toMatchObject({ outcome: 'CANCELLED', upstream: null })
    expect(upstream.received).toEqual([])
  })

  test('waits for room that others of its key take, and is told when to come again', async () => {
    const large = formOf([['model', managed]], 4 * MIB)
    const held = Promise.withResolvers<void>()
    const arrived = Promise.withResolvers<void>()
    upstream.respondWith(async (received, response) => {
      arrived.resolve()
      await held.promise
      HEARD(received, response)
    })
    const first = send(large)
    await arrived.promise
    const refused = await send(large)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
    expect(await errorOf(refused)).toMatchObject({ code: 'uploads_busy', type: 'server_error' })
    const { secret: another } = await latchkey.createKey()
    const passing = send(large, PATHS[0], another)
    await expect.poll(() => upstream.received.length).toBe(2)
    held.resolve()
    expect([(await passing).status, (await first).status]).toEqual([200, 200])
    expect((await send(formOf([['model', managed]]))).status).toBe(200)
    await expect.poll(async () => (await send(large)).status).toBe(200)
    const tooLarge = await send(formOf([['model', managed]], ROOM / 2 + 1))
    expect([tooLarge.status, (await errorOf(tooLarge)).code]).toEqual([413, 'request_too_large'])
  })
})

describe('a form that two parsers could read differently', () => {
  test.for([
    [
      'two models',
      formOf([
        ['model', managed],
        ['model', 'gpt-5'],
      ]),
      2,
      'model',
    ],
    [
      'a model in capitals',
      formOf([
        ['Model', 'gpt-5'],
        ['model', managed],
      ]),
      1,
      'Model',
    ],
    ['a list of models', formOf([['model[]', 'gpt-5']]), 1, 'model[]'],
    ['an encoded name', `${part("name*=utf-8''model", 'gpt-5')}------b--`, 1, null],
    ['no end', formOf([['model', managed]]).slice(0, -6), 0, null],
  ] as const)('is a 400 that names the part: %s', async ([, form, number, param]) => {
    const response = await send(form)
    expect(response.status).toBe(400)
    const error = await errorOf(response)
    expect(error.param).toBe(param)
    expect(error.message).toContain(number === 0 ? 'The form' : `Part ${number} `)
    expect(upstream.received).toEqual([])
  })

  test('is one without a boundary, or encoded, or no form at all', async () => {
    for (const [type, status] of [
      ['multipart/form-data', 400],
      ['multipart/form-data; boundary=a; boundary=----b', 400],
      ['application/x-www-form-urlencoded', 415],
      ['text/plain', 415],
    ] as const) {
      const headers = { 'content-type': type }
      const response = await post(latchkey, secret, PATHS[0] ?? '', formOf([['model', managed]]), { headers })
      expect([type, response.status]).toEqual([type, status])
    }
    const headers = { 'content-type': TYPE, 'content-encoding': 'gzip' }
    expect((await post(latchkey, secret, PATHS[0] ?? '', 'x', { headers })).status).toBe(415)
  })
})

test("OpenAI's own client sends forms that are taken, and gets what it would get directly", async () => {
  upstream.respondWith((_request, response) => json(response, 200, { text: 'Hi', data: [{ b64_json: '' }] }))
  const client = openAi({ baseURL: `${latchkey.url}/v1`, apiKey: secret })
  const file = await toFile(Buffer.alloc(2 * MIB), 'größer "quoted".mp3', { type: 'audio/mpeg' })
  expect((await client.audio.transcriptions.create({ file, model: managed })).text).toBe('Hi')
  const image = [await toFile(Buffer.alloc(9), 'a.png', { type: 'image/png' })]
  expect((await client.images.edit({ image, model: managed, prompt: 'x' })).data).toHaveLength(1)
})

test('a form without a model goes where one is chosen for it, as it is', async () => {
  await ask(
    latchkey,
    'mutation ($input: CreateModelInput!) { createModel(input: $input) { model { id } userErrors { message } } }',
    {
      name: '*',
      routes: [{ upstreamId: (await makeUpstream(latchkey, upstream.baseUrl)).id, upstreamModel: '*' }],
    },
  )
  const form = formOf([['prompt', 'x']])
  expect((await send(form)).status).toBe(200)
  expect(upstream.received.map(({ body }) => body.toString())).toEqual([form])
})

/** The files that this process has open in the folder of forms; none where that cannot be seen. */
function spooledFiles(): string[] {
  const folder = '/proc/self/fd'
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .map((name) => {
      try {
        return readlinkSync(join(folder, name))
      } catch {
        return ''
      }
    })
    .filter((path) => path.startsWith(join(latchkey.dataDir, 'spool')))
}
