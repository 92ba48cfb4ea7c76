import { expect, test } from 'vitest'
import { endpointOf } from '../../domain/endpoints/find-endpoint.ts'
import { billableUnits } from './billable-units.ts'

function units(path: string, body: object) {
  const endpoint = endpointOf('POST', path)
  if (typeof endpoint === 'string' || 'allow' in endpoint) throw new Error(`${path} is no endpoint`)
  return billableUnits(endpoint.bills, Buffer.from(JSON.stringify(body)))
}
const padding = 'x'.repeat(200_000)

test.for<[string, object, object | null]>([
  ['/v1/chat/completions', { n: 4 }, { kind: 'TEXT' }],
  ['/v1/embeddings', {}, { kind: 'READING' }],
  ['/v1/responses/input_tokens', {}, null],
  ['/v1/images/generations', { prompt: 'x' }, { kind: 'IMAGES', count: 1 }],
  ['/v1/images/generations', { n: 3 }, { kind: 'IMAGES', count: 3 }],
  ['/v1/images/generations', { n: 'many' }, { kind: 'IMAGES', count: 1_000 }],
  ['/v1/images/generations', { n: 3, padding }, { kind: 'IMAGES', count: 3 }],
  ['/v1/images/edits', { padding }, { kind: 'IMAGES', count: 1 }],
  ['/v1/images/edits', { n: `${padding}` }, { kind: 'IMAGES', count: 1_000 }],
  ['/v1/audio/speech', { input: 'Grüße 👋' }, { kind: 'SPEECH', count: 7 }],
  ['/v1/audio/speech', { input: 7 }, { kind: 'SPEECH', count: null }],
  ['/v1/audio/speech', { input: padding }, { kind: 'SPEECH', count: null }],
])('%s with %j needs %j', async ([path, body, expected]) => {
  expect(await units(path, body)).toEqual(expected)
})
