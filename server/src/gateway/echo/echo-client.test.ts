import { EventEmitter, once } from 'node:events'
import { expect, test } from 'vitest'
import type { UpstreamClient } from '../../http/client/upstream-client.ts'
import { withEcho } from './echo-client.ts'

const network: UpstreamClient = {
  send: () => {
    throw new Error('the echo needs no network')
  },
  close: async () => undefined,
}

const STREAM = Buffer.from(
  JSON.stringify({ model: 'echo', stream: true, messages: [{ role: 'user', content: 'a b c d e f' }] }),
)

test('sends each chunk once and ends once, to a client that is slow at every chunk', async () => {
  const heard: string[] = []
  const ended = new EventEmitter()
  const call = withEcho(network, () => 0).send(request(STREAM), {
    onHead: (status) => heard.push(String(status)),
    onChunk: (chunk) => {
      heard.push(chunk.toString())
      // As a socket does: drained before the next turn.
      process.nextTick(() => call.resume())
      return false
    },
    onEnd: () => {
      heard.push('end')
      ended.emit('end')
    },
    onFailure: (failure) => heard.push(failure),
  })
  await once(ended, 'end')
  await new Promise((resolve) => setImmediate(resolve))
  expect(heard.filter((entry) => entry === 'end')).toHaveLength(1)
  expect(heard.filter((entry) => entry.includes('[DONE]'))).toHaveLength(1)
  expect(new Set(heard).size).toBe(heard.length)
})

test('says nothing more after an abort', async () => {
  const heard: string[] = []
  const call = withEcho(network, () => 0).send(request(STREAM), {
    onHead: () => {
      heard.push('head')
      call.abort()
    },
    onChunk: () => heard.push('chunk') > 0,
    onEnd: () => heard.push('end'),
    onFailure: (failure) => heard.push(failure),
  })
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(heard).toEqual(['head'])
})

function request(body: Buffer) {
  return {
    baseUrl: 'echo:',
    method: 'POST',
    path: '/chat/completions',
    headers: {},
    body,
    bodyBytes: body.length,
  }
}
