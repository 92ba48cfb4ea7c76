import type { RequestLog } from '@latchkey/sdk'
import { expect, test, vi } from 'vitest'

// The language of the reader is reactive; here it only has a value.
vi.stubGlobal('$state', (value: unknown) => value)
const { exchangeBoxes } = await import('./exchange-boxes.ts')

const call = {
  method: 'POST',
  endpoint: '/v1/chat/completions',
  requestedModel: 'gpt-5',
  resolvedModel: 'gpt-5-2026',
  upstream: 'azure-eu',
  attempts: [],
  streamed: false,
  httpStatus: 200,
  finishReason: 'stop',
  requestBytes: 90,
  responseBytes: 800,
} as unknown as RequestLog
const texts = (log: RequestLog) => exchangeBoxes(log).map(({ main, lines }) => [main, ...lines])

test('a call of a model says it first, and then where it was sent', () => {
  expect(texts(call)).toEqual([
    ['gpt-5', 'POST /v1/chat/completions', '90 B'],
    ['gpt-5-2026', 'azure-eu'],
    ['HTTP 200', 'stop', '800 B'],
  ])
})

test('a call without a model says its endpoint and its upstream in that place, once', () => {
  const files = { ...call, method: 'GET', endpoint: '/v1/files', requestedModel: null, resolvedModel: null }
  expect(texts(files).slice(0, 2)).toEqual([['GET /v1/files', '90 B'], ['azure-eu']])
  expect(texts({ ...files, upstream: null }).map(([main]) => main)).toEqual([
    'GET /v1/files',
    'Nothing',
    'HTTP 200',
  ])
})
