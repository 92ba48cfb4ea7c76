import { describe, expect, test } from 'vitest'
import type { Upstream } from '../../domain/upstreams/upstream.ts'
import type { UpstreamClient, UpstreamListener, UpstreamRequest } from '../../http/client/upstream-client.ts'
import { createModelList } from './model-list.ts'
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
  expect((await list.list()).map(({ id }) => id)).toEqual(['auto', 'local-gemini-auto', 'a'])
  expect((await list.list()).at(-1)).toEqual({ id: 'a', object: 'model', created: 7, owned_by: 'me' })
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
  expect((await list.list()).map(({ id }) => id)).toContain('a')
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
    expect((await list.list()).map(({ id }) => id)).toEqual(['auto', 'local-gemini-auto', 'named'])
  })

  test('after a failure that is reported before the request is sent', async () => {
    const { list } = listOver((listener) => listener.onFailure('unreachable', true), undefined, true)
    expect((await list.list()).at(-1)?.id).toBe('named')
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
  expect((await list.list()).slice(2)).toEqual([
    { id: 'good', object: 'model', created: 0, owned_by: 'upstream' },
  ])
})

test('lists a model once that two upstreams have', async () => {
  const { list } = listOver((listener) =>
    response(listener, 200, { data: [{ id: 'a', owned_by: 'x' }, { id: 'auto' }] }),
  )
  expect((await list.list()).map(({ id }) => id)).toEqual(['auto', 'local-gemini-auto', 'a'])
})

type Responder = (listener: UpstreamListener) => void

function listOver(respond: Responder, clock: () => number = () => 0, atOnce = false) {
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
  return { list: createModelList(createRoutes([UPSTREAM], null), client, clock), requested }
}

function response(listener: UpstreamListener, status: number, body: unknown): void {
  listener.onHead(status, {})
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  for (let at = 0; at < bytes.length; at += 1024 * 1024)
    listener.onChunk(bytes.subarray(at, at + 1024 * 1024))
  listener.onEnd()
}
