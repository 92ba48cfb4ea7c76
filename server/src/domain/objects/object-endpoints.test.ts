import { expect, test } from 'vitest'
import { endpointOf, isEndpoint } from '../endpoints/find-endpoint.ts'
import { holdsObjects, listsObjects, objectsInPath } from './object-endpoints.ts'

test.for<[string, string, string[] | 'list' | null]>([
  ['GET', '/v1/files', 'list'],
  ['GET', '/v1/responses', 'list'],
  ['GET', '/v1/fine_tuning/jobs', 'list'],
  ['POST', '/v1/files', []],
  ['GET', '/v1/files/file-1', ['file-1']],
  ['GET', '/v1/files/file%3A1/content', ['file:1']],
  ['GET', '/v1/responses/resp_1/input_items', ['resp_1']],
  ['GET', '/v1/threads/thread_1/runs/run_1/steps/step_1', ['thread_1', 'run_1', 'step_1']],
  ['GET', '/v1/fine_tuning/jobs/ftjob-1', ['ftjob-1']],
  ['POST', '/v1/containers/cntr_1/new-thing', ['cntr_1']],
  ['POST', '/v1/chat/completions', null],
  ['POST', '/v1/realtime/client_secrets', null],
  ['GET', '/v1/webhook_endpoints/we_1', null],
  ['DELETE', '/v1/models/ft:1', null],
])('%s %s', ([method, path, expected]) => {
  const endpoint = endpointOf(method, path)
  if (!isEndpoint(endpoint)) throw new Error(`no endpoint: ${path}`)
  expect(holdsObjects(endpoint)).toBe(expected !== null)
  expect(listsObjects(endpoint, method)).toBe(expected === 'list')
  if (Array.isArray(expected)) expect(objectsInPath(endpoint, path)).toEqual(expected)
})
