import { describe, expect, test } from 'vitest'
import { handshakeCredential, handshakeHeaders, malformed, upstreamUrl } from './handshake.ts'

const GOOD = { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-version': '13' }

describe('the credential of a handshake', () => {
  test.for([
    ['a header', { authorization: 'Bearer a' }, 'a'],
    ['the subprotocol', { 'sec-websocket-protocol': 'realtime, openai-insecure-api-key.a-b' }, 'a-b'],
    [
      'the subprotocol, without spaces',
      { 'sec-websocket-protocol': 'openai-insecure-api-key.a,realtime' },
      'a',
    ],
    [
      'a header before the subprotocol',
      { 'api-key': 'h', 'sec-websocket-protocol': 'openai-insecure-api-key.a' },
      'h',
    ],
    [
      'the subprotocol beside a Bearer without a token',
      { authorization: 'Bearer', 'sec-websocket-protocol': 'openai-insecure-api-key.a' },
      'a',
    ],
    [
      'none in other subprotocols',
      { 'sec-websocket-protocol': 'realtime, x-openai-insecure-api-key.a' },
      null,
    ],
    ['none in an empty one', { 'sec-websocket-protocol': 'openai-insecure-api-key.' }, null],
  ] as const)('%s', ([, headers, credential]) => {
    expect(handshakeCredential(headers)).toBe(credential)
  })
})

describe('the URL at the upstream', () => {
  test.for([
    ['https://api.openai.com/v1', '?model=a', 'b', 'wss://api.openai.com/v1/realtime?model=b'],
    ['http://127.0.0.1:1/v1', '?model=a&model=c', 'a/b c', 'ws://127.0.0.1:1/v1/realtime?model=a%2Fb+c'],
    ['http://h/openai/v1', '?intent=transcription', null, 'ws://h/openai/v1/realtime?intent=transcription'],
    [
      'http://h',
      '?API-Key=x&api_key=x&x-goog-api-key=x&authorization=y&key=z&access_token=u&model=m',
      'm',
      'ws://h/realtime?model=m',
    ],
    ['http://h', '', null, 'ws://h/realtime'],
  ] as const)('%s%s', ([baseUrl, query, model, url]) => {
    expect(upstreamUrl(baseUrl, '/v1/realtime', query, model)).toBe(url)
  })
})

describe('the headers for the upstream', () => {
  test('hold its credential and the beta, and no subprotocol', () => {
    const protocols = 'realtime, openai-insecure-api-key.a, openai-beta.realtime-v1, openai-project.p'
    expect(
      handshakeHeaders(
        { ...GOOD, 'sec-websocket-protocol': protocols, upgrade: 'websocket' },
        { 'api-key': 'c' },
      ),
    ).toEqual({
      'api-key': 'c',
      'openai-beta': 'realtime=v1',
    })
  })

  test('keep the beta that a header names', () => {
    const headers = { 'openai-beta': 'realtime=v2', 'sec-websocket-protocol': 'openai-beta.realtime-v1' }
    expect(handshakeHeaders(headers, {})).toEqual({ 'openai-beta': 'realtime=v2' })
  })
})

test('a handshake is well-formed or not', () => {
  expect(malformed(GOOD)).toBeNull()
  expect(malformed({ ...GOOD, 'sec-websocket-protocol': 'realtime,a.b' })).toBeNull()
  for (const bad of [
    { 'sec-websocket-key': undefined },
    { 'sec-websocket-key': 'short==' },
    { 'sec-websocket-version': '8' },
    { 'sec-websocket-protocol': '' },
    { 'sec-websocket-protocol': 'a,,b' },
    { 'sec-websocket-protocol': 'a, a' },
    { 'sec-websocket-protocol': 'a b' },
  ])
    expect(malformed({ ...GOOD, ...bad })).toMatchObject({ code: 'invalid_request', httpStatus: 400 })
})
