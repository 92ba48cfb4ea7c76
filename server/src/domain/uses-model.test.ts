import { expect, test } from 'vitest'
import { mayUseModel } from './uses-model.ts'

test.for<[string, string, boolean]>([
  ['POST', '/v1/batches', true],
  ['POST', '/v1/threads/t1/runs', true],
  ['POST', '/v1/realtime/client_secrets', true],
  ['POST', '/v1/batches/b1/cancel', false],
  ['GET', '/v1/batches', false],
  ['DELETE', '/v1/models/m', false],
  ['POST', '/v1/files', false],
  ['POST', '/v1/vector_stores/v1/search', false],
])('%s %s: %s', ([method, path, expected]) => {
  expect(mayUseModel(method, path)).toBe(expected)
})
