import { describe, expect, test } from 'vitest'
import type { Upstream } from '../../domain/upstreams/upstream.ts'
import type { UpstreamClient, UpstreamListener, UpstreamRequest } from '../../http/client/upstream-client.ts'
import { createModelList, type ModelList } from './model-list.ts'
import { createRoutes } from './route-table.ts'

const UPSTREAM: Upstream = {
  name: 'one',
  baseUrl: 'http://one.test/v1',
  credential: 'sk-up',
  models: ['gpt-*', 'named'],
}

test('lists the stand-ins first, then what the upstream lists', async () => {
  const { list, requested } = listOver((listener) =>
    response(listener, 200, { data: [{ id: 'a', created: 7, owned_by: 'me' }] }),
  )
  expect(await idsOf(list)).toEqual(['auto', 'local-gemini-auto', 'a'])
  expect((await modelsOf(list)).at(-1)).toEqual({ id: 'a', object: 'model', created: 7, owned_by: 'me' })
  expect(requested).toHaveLength(1)
  expect(requested[0]).toMatchObject({
    method: 'GET',
    path: '/models',
    headers: { authorization: 'Bearer sk-up' },
  })
})

test('requests the list again after a minute, and keeps the last list without a response', async () => {
  let nowMs = 0
  let alive = true
  const { list, requested } = listOver(
    (listener) =>
      alive ? response(listener, 200, { data: [{ id: 'a' }] }) : listener.onFailure('unreachable', true),
    () => nowMs,
  )
  await list.list()
  alive = false
  nowMs = 59_999
  await list.list()
  expect(requested).toHaveLength(1)
  nowMs = 60_000
  expect(await idsOf(list)).toContain('a')
  expect(requested).toHaveLength(2)
})

describe('falls back to the names in the configuration', () => {
  test.for([
    ['an error', (listener) => response(listener, 500, {})],
    ['no JSON', (listener) => response(listener, 200, '<html>')],
    ['another shape', (listener) => response(listener, 200, { models: [] })],
    ['null', (listener) => response(listener, 200, null)],
    [
      'more than four mebibytes',
      (listener) => response(listener, 200, { pad: 'x'.repeat(5 * 1024 * 1024), data: [] }),
    ],
    ['no response', (listener) => listener.onFailure('unreachable', true)],
  ] as [string, Responder][])('after %s', async ([, respond]) => {
    const { list } = listOver(respond)
    expect(await idsOf(list)).toEqual(['auto', 'local-gemini-auto', 'named'])
  })

  test('after a failure that is reported before the request is sent', async () => {
    const { list } = listOver((listener) => listener.onFailure('unreachable', true), undefined, true)
    expect((await idsOf(list)).at(-1)).toBe('named')
  })
})

test('omits what is no model', async () => {
  const data = [
    null,
    1,
    {},
    { id: '' },
    { id: 7 },
    { id: 'x'.repeat(300) },
    { id: 'good', created: 'x', owned_by: 1 },
  ]
  const { list } = listOver((listener) => response(listener, 200, { data }))
  expect((await modelsOf(list)).slice(2)).toEqual([
    { id: 'good', object: 'model', created: 0, owned_by: 'upstream' },
  ])
})

test('lists a model once that two upstreams have', async () => {
  const { list } = listOver((listener) =>
    response(listener, 200, { data: [{ id: 'a', owned_by: 'x' }, { id: 'auto' }] }),
  )
  expect(await idsOf(list)).toEqual(['auto', 'local-gemini-auto', 'a'])
})

test('keeps what an upstream says of a model beside the usual fields', async () => {
  const said = { id: 'a', max_model_len: 8_192, context_length: 8_192, pricing: { prompt: '0' }, root: null }
  const { list } = listOver((listener) => response(listener, 200, { data: [said] }))
  expect((await modelsOf(list)).at(-1)).toEqual({
    ...said,
    object: 'model',
    created: 0,
    owned_by: 'upstream',
  })
})

test('without a default model no name of it is listed', async () => {
  const { list } = listOver(
    (listener) => response(listener, 200, { data: [{ id: 'a' }] }),
    undefined,
    false,
    null,
  )
  expect(await idsOf(list)).toEqual(['a'])
})

describe('an upstream that does not respond', () => {
  test('is named, and asked again after five seconds', async () => {
    let nowMs = 0
    let alive = true
    const { list, requested } = listOver(
      (listener) =>
        alive ? response(listener, 200, { data: [{ id: 'a' }] }) : listener.onFailure('unreachable', true),
      () => nowMs,
    )
    expect(await list.list()).toMatchObject({ staleUpstreams: [] })
    alive = false
    nowMs = 60_000
    expect(await list.list()).toMatchObject({ staleUpstreams: ['one'] })
    alive = true
    nowMs = 64_999
    expect(await list.list()).toMatchObject({ staleUpstreams: ['one'] })
    nowMs = 65_000
    expect(await list.list()).toMatchObject({ staleUpstreams: [] })
    expect(requested).toHaveLength(3)
  })

  test('is no upstream without a list', async () => {
    const { list } = listOver((listener) => response(listener, 404, {}))
    expect(await list.list()).toMatchObject({ staleUpstreams: [] })
  })
})

async function modelsOf(list: ModelList) {
  const listing = await list.list()
  if ('httpStatus' in listing) throw new Error(listing.code)
  return listing.models
}

async function idsOf(list: ModelList): Promise<string[]> {
  return (await modelsOf(list)).map(({ id }) => id)
}

type Responder = (listener: UpstreamListener) => void

function listOver(
  respond: Responder,
  clock: () => number = () => 0,
  atOnce = false,
  defaultModel: string | null = 'named',
) {
  const requested: UpstreamRequest[] = []
  const client: UpstreamClient = {
    send(request, listener) {
      requested.push(request)
      let aborted = false
      const guarded: UpstreamListener = {
        onHead: (...head) => aborted || listener.onHead(...head),
        onChunk: (chunk) => aborted || listener.onChunk(chunk),
        onEnd: () => aborted || listener.onEnd(),
        onFailure: (failure) => aborted || listener.onFailure(failure, true),
      }
      if (atOnce) respond(guarded)
      else setImmediate(respond, guarded)
      return {
        resume: () => undefined,
        abort: () => {
          aborted = true
        },
      }
    },
    close: async () => undefined,
  }
  return { list: createModelList(createRoutes([UPSTREAM], defaultModel), client, clock), requested }
}

function response(listener: UpstreamListener, status: number, body: unknown): void {
  listener.onHead(status, {})
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  for (let at = 0; at < bytes.length; at += 1024 * 1024)
    listener.onChunk(bytes.subarray(at, at + 1024 * 1024))
  listener.onEnd()
}
