import { describe, expect, test } from 'vitest'
import { endpointOf, isPlainPath } from './endpoints.ts'

describe('the table', () => {
  test.for([
    ['POST', '/v1/chat/completions', { kind: 'model-call', injectsUsage: true, modelOptional: false }],
    ['POST', '/v1/completions', { kind: 'model-call', injectsUsage: true, modelOptional: false }],
    ['POST', '/v1/embeddings', { kind: 'model-call', injectsUsage: false, modelOptional: false }],
    ['POST', '/v1/decisions', { kind: 'model-call', injectsUsage: false, modelOptional: false }],
    ['POST', '/v1/audio/speech', { kind: 'model-call', injectsUsage: false, modelOptional: false }],
    ['POST', '/v1/responses', { kind: 'model-call', injectsUsage: false, modelOptional: true }],
    ['POST', '/v1/responses/compact', { kind: 'model-call', injectsUsage: false, modelOptional: true }],
    ['POST', '/v1/responses/input_tokens', { kind: 'model-call', injectsUsage: false, modelOptional: true }],
    ['POST', '/v1/moderations', { kind: 'model-call', injectsUsage: false, modelOptional: true }],
    ['POST', '/v1/images/generations', { kind: 'model-call', injectsUsage: false, modelOptional: true }],
    ['GET', '/v1/models', { kind: 'models', id: null }],
    ['GET', '/v1/models/gpt-x', { kind: 'models', id: 'gpt-x' }],
    ['GET', '/v1/models/org/model:free', { kind: 'models', id: 'org/model:free' }],
    ['GET', '/v1/models/org%2Fmodel%3Afree', { kind: 'models', id: 'org/model:free' }],
    ['DELETE', '/v1/models/ft:gpt', { kind: 'pass-through' }],
    ['GET', '/v1/chat/completions', { kind: 'pass-through' }],
    ['GET', '/v1/chat/completions/chatcmpl-1', { kind: 'pass-through' }],
    ['GET', '/v1/responses', { kind: 'pass-through' }],
    ['GET', '/v1/responses/resp_1/input_items', { kind: 'pass-through' }],
    ['POST', '/v1/responses/resp_1/cancel', { kind: 'pass-through' }],
    ['POST', '/v1/audio/transcriptions', { kind: 'upload-call' }],
    ['POST', '/v1/audio/translations', { kind: 'upload-call' }],
    ['POST', '/v1/images/edits', { kind: 'upload-call' }],
    ['POST', '/v1/images/variations', { kind: 'upload-call' }],
    ['GET', '/v1/images/edits', { kind: 'pass-through' }],
    ['POST', '/v1/files', { kind: 'pass-through' }],
    ['GET', '/v1/files/file-1/content', { kind: 'pass-through' }],
    ['DELETE', '/v1/files/file-1', { kind: 'pass-through' }],
    ['GET', '/v1/batches', { kind: 'pass-through' }],
    ['POST', '/v1/uploads/u1/parts', { kind: 'pass-through' }],
    ['POST', '/v1/fine_tuning/jobs', { kind: 'pass-through' }],
    ['POST', '/v1/vector_stores/vs/search', { kind: 'pass-through' }],
    ['POST', '/v1/live/sessions', { kind: 'pass-through' }],
    ['POST', '/v1/live/sessions/s1/accept', { kind: 'pass-through' }],
    ['GET', '/v1/safety/alerts/a1', { kind: 'pass-through' }],
    ['POST', '/v1/agents', { kind: 'pass-through' }],
    ['POST', '/v1/vaults', { kind: 'pass-through' }],
    ['POST', '/v1/webhook_endpoints/w1/test', { kind: 'pass-through' }],
    ['GET', '/v1/realtime', 'websocket'],
    ['POST', '/v1/realtime/client_secrets', { kind: 'pass-through' }],
  ] as const)('%s %s', ([method, path, endpoint]) => {
    expect(endpointOf(method, path)).toEqual(endpoint)
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
})

describe('a plain path', () => {
  test.for([
    '/v1/chat/completions',
    '/v1/models/org/model:free',
    '/v1/models/org%2Fmodel',
    '/v1/files/file-1/content',
    '/v1/files/a.b..c',
    '/v1/files/...',
    '/v1/models/%E6%97%A5%E6%9C%AC',
    '/v1/models/a%20b',
    "/v1/files/~!$&'()*+,;=:@-_",
  ])('%s is one', (path) => {
    expect(isPlainPath(path)).toBe(true)
  })

  test.for([
    '',
    'v1/files',
    '/v1/../graphql',
    '/v1/files/..',
    '/v1/files/.',
    '/v1/./files',
    '/v1/files/%2e%2e/x',
    '/v1/files/%2E./x',
    '/v1/files/..%2fx',
    '/v1/files/x%2f..%2f..%2fadmin',
    '/v1/files/..%5cx',
    '/v1/files/..\\x',
    '/v1//files',
    '//evil/v1',
    '/v1/files/x\u0000',
    '/v1/files/%00',
    '/v1/files/a%0d%0aHost:%20evil',
    '/v1/files/a b',
    '/v1/files/a\tb',
    '/v1/files/%',
    '/v1/files/%4',
    '/v1/files/%zz',
    '/v1/files/%c3%28',
    '/v1/files/%ff',
    '/v1/files/日本',
    '/v1/files/\u00e9',
    // Servlet containers take `;…` off a segment before they look at it.
    '/v1/files/..;/x',
    '/v1/files/..;a=b/x',
    // Some servers decode twice.
    '/v1/files/%252e%252e/x',
    '/v1/files/%252e%252e%252fx',
  ])('%j is none', (path) => {
    expect(isPlainPath(path)).toBe(false)
  })
})
