import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { callAsCurl } from './call-as-curl.ts'

type Call = Parameters<typeof callAsCurl>[0]
const call: Call = {
  method: 'POST',
  endpoint: '/v1/chat/completions',
  requestedModel: 'm',
  streamed: false,
  httpStatus: 200,
}

/** What a shell hands to curl. */
function words(given: Partial<Call>): string[] {
  const { text } = callAsCurl({ ...call, ...given }, 'https://keys.example')
  const script = `OPENAI_API_KEY=sk-1; curl() { printf '%s\\0' "$@"; }\n${text}`
  return spawnSync('sh', ['-c', script], { encoding: 'utf8' }).stdout.split('\0').slice(0, -1)
}
const after = (all: readonly string[], option: string) => all.filter((_, at) => all[at - 1] === option)
const body = (endpoint: string, given: Partial<Call> = {}) =>
  JSON.parse(after(words({ ...given, endpoint: `/v1/${endpoint}` }), '-d')[0] ?? 'null')

test.for([
  ['chat/completions', { messages: [{ role: 'user', content: 'Hello!' }] }],
  ['completions', { prompt: 'Hello!' }],
  ['responses', { input: 'Hello!' }],
  ['responses/compact', { input: 'Hello!' }],
  ['responses/input_tokens', { input: 'Hello!' }],
  ['embeddings', { input: 'Hello!' }],
  ['moderations', { input: 'Hello!' }],
  ['images/generations', { prompt: 'A red circle' }],
  ['audio/speech', { input: 'Hello!', voice: 'alloy' }],
  ['decisions', { input: 'Hello!', questions: [{ type: 'predicate' }] }],
] as const)('the body of %s has what it takes', ([endpoint, expected]) => {
  expect(body(endpoint)).toMatchObject({ model: 'm', ...expected })
  expect(body(endpoint, { requestedModel: null })).not.toHaveProperty('model')
})

test.for([
  ['audio/transcriptions', ['file=@audio.mp3']],
  ['audio/translations', ['file=@audio.mp3']],
  ['images/edits', ['prompt=A red circle', 'image=@image.png']],
  ['images/variations', ['image=@image.png']],
  ['videos', ['prompt=A red circle']],
  ['files', ['purpose=user_data', 'file=@file.txt']],
  ['uploads/upload_1/parts', ['data=@part.bin']],
] as const)('%s is a form', ([endpoint, fields]) => {
  const all = words({ endpoint: `/v1/${endpoint}` })
  expect(all).not.toContain('Content-Type: application/json')
  expect([...after(all, '--form-string'), ...after(all, '-F')]).toEqual(['model=m', ...fields])
})

test('a form names its file, and no text in it is read as an option of curl', () => {
  const given = {
    ...call,
    endpoint: '/v1/audio/transcriptions',
    requestedModel: "<a';type=b",
    streamed: true,
  }
  expect(callAsCurl(given, '').file).toBe('audio.mp3')
  expect(after(words(given), '--form-string')).toEqual(["model=<a';type=b", 'stream=true'])
})

test('a stream comes unbuffered, and what a terminal cannot show goes to a file', () => {
  expect(words({ streamed: true })).toContain('-N')
  expect(body('chat/completions', { streamed: true })).toMatchObject({ stream: true })
  expect(after(words({ endpoint: '/v1/audio/speech' }), '-o')).toEqual(['speech.mp3'])
  expect(body('audio/speech', { streamed: true })).toMatchObject({ stream_format: 'sse' })
  const content = { method: 'GET', endpoint: '/v1/files/file-1/content', requestedModel: null }
  expect(after(words(content), '-o')).toEqual(['content'])
})

test('a session is made with its model in it', () => {
  expect(body('realtime/client_secrets')).toEqual({ session: { type: 'realtime', model: 'm' } })
  const all = words({ endpoint: '/v1/realtime/calls' })
  expect(after(all, '-F')).toEqual(['sdp=<offer.sdp;type=application/sdp'])
  expect(after(all, '--form-string')).toEqual(['session={"type":"realtime","model":"m"}'])
})

test('a WebSocket is opened by its upgrade, and a list at the same path is not', () => {
  const realtime = { method: 'GET', endpoint: '/v1/realtime', requestedModel: 'gpt realtime&x' }
  const all = words(realtime)
  expect(all[0]).toBe('https://keys.example/v1/realtime?model=gpt+realtime%26x')
  expect(after(all, '-H')).toEqual(
    expect.arrayContaining(['Upgrade: websocket', 'Sec-WebSocket-Version: 13']),
  )
  const key = after(all, '-H').find((each) => each.startsWith('Sec-WebSocket-Key: '))
  expect(Buffer.from(key?.split(' ')[1] ?? '', 'base64')).toHaveLength(16)
  expect(callAsCurl({ ...call, ...realtime }, '').isWebSocket).toBe(true)
  const listed = { ...call, method: 'GET', endpoint: '/v1/responses', requestedModel: null }
  expect(callAsCurl(listed, '').isWebSocket).toBe(false)
  expect(callAsCurl({ ...listed, httpStatus: 101 }, '').isWebSocket).toBe(true)
})

test('a path is taken as it is, and HEAD waits for no body', () => {
  expect(words({ method: 'DELETE', endpoint: '/v1/files/{id}' }).slice(0, 4)).toEqual([
    'https://keys.example/v1/files/{id}',
    '-g',
    '-X',
    'DELETE',
  ])
  expect(words({ method: 'HEAD', endpoint: '/v1/models' })).toContain('--head')
})
