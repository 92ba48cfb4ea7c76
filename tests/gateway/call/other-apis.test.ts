// A request for the API of another provider gets an error in JSON that says which API is served.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { errorOf } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

let latchkey: TestLatchkey
let secret: string
beforeAll(async () => {
  latchkey = await startLatchkey()
  secret = (await latchkey.createKey()).secret
})
afterAll(() => latchkey.close())

test.for([
  ['POST', '/v1/messages', 'Anthropic'],
  ['POST', '/v1/messages?beta=true', 'Anthropic'],
  ['POST', '/v1/messages/count_tokens', 'Anthropic'],
  ['GET', '/v1/messages/batches', 'Anthropic'],
  ['POST', '/v1/complete', 'Anthropic'],
  ['POST', '/anthropic/v1/messages', 'Anthropic'],
  ['POST', '/v1/models/gemini-2.5-pro:generateContent', 'Gemini'],
  ['POST', '/v1/models/gemini-2.5-pro:streamGenerateContent?alt=sse', 'Gemini'],
  ['POST', '/v1beta/models/gemini-2.5-pro:generateContent', 'Gemini'],
  ['GET', '/v1beta/models', 'Gemini'],
  ['POST', '/v1alpha/models/x:countTokens', 'Gemini'],
  ['POST', '/v1/projects/p/locations/l/publishers/google/models/x:generateContent', 'Gemini'],
  ['POST', '/v1beta1/projects/p/locations/l/publishers/google/models/x:rawPredict', 'Gemini'],
  ['POST', '/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21', 'Azure'],
  ['POST', '/openai/v1/responses', 'Azure'],
  ['POST', '/v2/chat', 'Cohere'],
  ['POST', '/v1/rerank', 'Cohere'],
  ['POST', '/model/anthropic.claude/converse', 'Bedrock'],
  ['POST', '/api/chat', 'Ollama'],
  ['GET', '/api/tags', 'Ollama'],
] as const)('%s %s', async ([method, path, name]) => {
  const response = await fetch(`${latchkey.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    ...(method === 'POST' ? { body: '{"model":"m1"}' } : {}),
  })
  expect(response.status).toBe(404)
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
  const error = await errorOf(response)
  expect(error).toMatchObject({ type: 'invalid_request_error', code: 'unknown_url', param: null })
  expect(error.message).toContain(name)
  expect(error.message).toContain('is not served here yet. This gateway serves the OpenAI API under /v1')
  expect(error.message).toContain('POST /v1/chat/completions')
})

test.for(['/v1/models/gemini-2.5-pro', '/v1/models'])('%s is of the OpenAI API', async (path) => {
  const response = await fetch(`${latchkey.url}${path}`, { headers: { authorization: `Bearer ${secret}` } })
  expect(await response.text()).not.toContain('not served here')
})
