import { describe, expect, test } from 'vitest'
import { ENDPOINTS } from './endpoints.ts'
import {
  endpointOf,
  isFreeOfCharge,
  isOwnPath,
  isWebSocketPath,
  mayUseModel,
  modelIdIn,
  upstreamPath,
} from './find-endpoint.ts'

describe('the table', () => {
  test.for([
    ['POST', '/v1/chat/completions', { served: 'MODEL_CALL', injectsUsage: true, modelOptional: false }],
    ['POST', '/v1/completions', { served: 'MODEL_CALL', injectsUsage: true, modelOptional: false }],
    ['POST', '/v1/embeddings', { served: 'MODEL_CALL', injectsUsage: false, modelOptional: false }],
    ['POST', '/v1/decisions', { served: 'MODEL_CALL', injectsUsage: false, modelOptional: false }],
    ['POST', '/v1/audio/speech', { served: 'MODEL_CALL', injectsUsage: false, modelOptional: false }],
    ['POST', '/v1/responses', { served: 'MODEL_CALL', injectsUsage: false, modelOptional: true }],
    ['POST', '/v1/responses/compact', { served: 'MODEL_CALL', injectsUsage: false, modelOptional: true }],
    [
      'POST',
      '/v1/responses/input_tokens',
      { served: 'MODEL_CALL', injectsUsage: false, modelOptional: true },
    ],
    ['POST', '/v1/moderations', { served: 'MODEL_CALL', injectsUsage: false, modelOptional: true }],
    ['POST', '/v1/images/generations', { served: 'MODEL_CALL', injectsUsage: false, modelOptional: true }],
    ['GET', '/v1/models', { served: 'MODEL_LIST' }],
    ['GET', '/v1/models/gpt-x', { served: 'MODEL_LIST' }],
    ['GET', '/v1/models/org/model:free', { served: 'MODEL_LIST' }],
    ['GET', '/v1/models/org%2Fmodel%3Afree', { served: 'MODEL_LIST' }],
    ['DELETE', '/v1/models/ft:gpt', { served: 'PASS_THROUGH' }],
    ['GET', '/v1/chat/completions', { served: 'PASS_THROUGH' }],
    ['GET', '/v1/chat/completions/chatcmpl-1', { served: 'PASS_THROUGH' }],
    ['GET', '/v1/responses', { served: 'PASS_THROUGH' }],
    ['GET', '/v1/responses/resp_1/input_items', { served: 'PASS_THROUGH' }],
    ['POST', '/v1/responses/resp_1/cancel', { served: 'PASS_THROUGH' }],
    ['POST', '/v1/audio/transcriptions', { served: 'FORM' }],
    ['POST', '/v1/audio/translations', { served: 'FORM' }],
    ['POST', '/v1/images/edits', { served: 'FORM' }],
    ['POST', '/v1/images/variations', { served: 'FORM' }],
    ['GET', '/v1/images/edits', { served: 'PASS_THROUGH' }],
    ['POST', '/v1/files', { served: 'PASS_THROUGH' }],
    ['GET', '/v1/files/file-1/content', { served: 'PASS_THROUGH' }],
    ['DELETE', '/v1/files/file-1', { served: 'PASS_THROUGH' }],
    ['GET', '/v1/batches', { served: 'PASS_THROUGH' }],
    ['POST', '/v1/uploads/u1/parts', { served: 'PASS_THROUGH' }],
    ['POST', '/v1/fine_tuning/jobs', { served: 'PASS_THROUGH' }],
    ['POST', '/v1/vector_stores/vs/search', { served: 'PASS_THROUGH' }],
    ['POST', '/v1/live/sessions', { served: 'PASS_THROUGH' }],
    ['POST', '/v1/live/sessions/s1/accept', { served: 'PASS_THROUGH' }],
    ['GET', '/v1/safety/alerts/a1', { served: 'PASS_THROUGH' }],
    ['POST', '/v1/agents', { served: 'PASS_THROUGH' }],
    ['POST', '/v1/vaults', { served: 'PASS_THROUGH' }],
    ['POST', '/v1/webhook_endpoints/w1/test', { served: 'PASS_THROUGH' }],
    ['GET', '/v1/realtime', 'websocket'],
    ['POST', '/v1/realtime/client_secrets', { served: 'PASS_THROUGH' }],
  ] as const)('%s %s', ([method, path, endpoint]) => {
    const found = endpointOf(method, path)
    if (typeof endpoint === 'string') expect(found).toBe(endpoint)
    else expect(found).toMatchObject(endpoint)
  })

  test.for([
    '/v1',
    '/v1/',
    '/v1/chat',
    '/v1/audio/',
    '/v1/images',
    '/v1/live',
    '/v1/safety/',
    '/v1/fine_tuning',
    '/v1/Chat/completions',
    '/v1/chat%2Fcompletions',
    '/v1/engines',
    '/v1/organization/usage',
    '/v1/projects/p1',
    '/v1/api-keys',
    '/v1/../graphql',
    '/v1/completionsx',
    '/v1/embeddings/',
  ])('%s is no endpoint', (path) => {
    expect(endpointOf('POST', path)).toBe('unknown')
  })

  test.for([
    ['GET', '/v1/embeddings', ['POST']],
    ['PUT', '/v1/chat/completions', ['GET', 'POST']],
    ['POST', '/v1/models', ['GET']],
    ['POST', '/v1/models/a', ['GET', 'DELETE']],
    ['PUT', '/v1/files', ['GET', 'POST', 'DELETE']],
    ['TRACE', '/v1/files', ['GET', 'POST', 'DELETE']],
    ['CONNECT', '/v1/responses', ['GET', 'POST']],
  ] as const)('%s %s says which methods there are', ([method, path, allow]) => {
    expect(endpointOf(method, path)).toEqual({ allow })
  })

  // Object.prototype must not be a list of endpoints.
  test.for(['/v1/constructor', '/v1/__proto__', '/v1/toString/x', '/v1/hasOwnProperty'])(
    '%s is none',
    (path) => {
      expect(endpointOf('GET', path)).toBe('unknown')
    },
  )

  test.for([
    ['/v1/models', null],
    ['/v1/models/gpt-x', 'gpt-x'],
    ['/v1/models/org/model:free', 'org/model:free'],
    ['/v1/models/org%2Fmodel%3Afree', 'org/model:free'],
    ['/v1/models/', ''],
  ] as const)('%s is about the model %j', ([path, id]) => {
    expect(endpointOf('GET', path)).toMatchObject({ served: 'MODEL_LIST' })
    expect(modelIdIn(path)).toBe(id)
  })

  // What the gateway needs of each call of a model.
  test.for([
    ['chat/completions', 'chat', true, 'TEXT', true],
    ['completions', 'chat', true, 'TEXT', true],
    ['decisions', 'other', false, 'TEXT', false],
    ['responses', 'responses', false, 'TEXT', true],
    ['responses/compact', 'other', false, 'TEXT', false],
    ['responses/input_tokens', 'other', false, null, false],
    ['embeddings', 'other', false, 'READING', false],
    ['moderations', 'other', false, 'READING', false],
    ['images/generations', 'other', false, 'IMAGES', false],
    ['audio/speech', null, false, 'SPEECH', false],
  ] as const)('%s', ([path, dialect, injectsUsage, bills, estimable]) => {
    expect(endpointOf('POST', `/v1/${path}`)).toMatchObject({ path, dialect, injectsUsage, bills, estimable })
    expect(isFreeOfCharge(`/v1/${path}`)).toBe(bills === null)
  })

  test('says which paths take forms, WebSockets and the gateway’s own', () => {
    const forms = ENDPOINTS.filter(({ served }) => served === 'FORM').map(({ path }) => path)
    expect(forms).toEqual([
      'audio/transcriptions',
      'audio/translations',
      'images/edits',
      'images/variations',
      'videos',
    ])
    const own = ['/v1/key', '/v1/key/logs', '/v1/key/rotate', '/v1/models', '/v1/models/', '/v1/models/a/b']
    expect(own.every(isOwnPath)).toBe(true)
    expect(['/v1/keys', '/v1/files', '/v1/realtime', '/v1/model'].some(isOwnPath)).toBe(false)
    expect([isWebSocketPath('/v1/realtime'), isWebSocketPath('/v1/realtime/')]).toEqual([true, false])
    expect(upstreamPath('/v1/chat/completions')).toBe('/chat/completions')
  })

  test.for<[string, string, boolean]>([
    ['POST', '/v1/batches', true],
    ['POST', '/v1/threads/t1/runs', true],
    ['POST', '/v1/realtime/client_secrets', true],
    ['POST', '/v1/batches/b1/cancel', false],
    ['GET', '/v1/batches', false],
    ['DELETE', '/v1/models/m', false],
    ['POST', '/v1/files', false],
    ['POST', '/v1/vector_stores/v1/search', false],
    ['POST', '/v1/no-such-endpoint', true],
  ])('%s %s may set a model to work: %s', ([method, path, expected]) => {
    expect(mayUseModel(method, path)).toBe(expected)
  })
})
