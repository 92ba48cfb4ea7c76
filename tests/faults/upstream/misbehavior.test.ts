// Whatever an upstream does wrong: the client gets the right error, the log too, the next call works, and nothing is kept.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { UPSTREAM_CLIENTS } from '../../support/clients/upstream-clients.ts'
import { chat, type ErrorBody, readAll } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logOf, requestLogs } from '../../support/server/request-logs.ts'
import { COMPLETION, chatStream } from '../../support/upstreams/chat-responses.ts'
import {
  CREDENTIAL,
  MISBEHAVIORS,
  type MisbehavingUpstream,
  type MisbehaviorName,
  SMUGGLED,
  startMisbehavingUpstream,
} from '../../support/upstreams/misbehaving-upstream.ts'

const MIB = 1024 * 1024
const STREAM = chatStream(false)

type Expected = {
  stream?: true
  /** The response is an error of ours, with this status and one of these codes. */
  refused?: [status: number, ...codes: string[]]
  /** The response has begun, carries this code where it is a stream, and never ends cleanly. */
  abort?: string
  /** The response is complete and passes, with this status; its body is this, if one is given. */
  passes?: number
  body?: string
  outcome?: 'SUCCESS' | 'ERROR'
  log?: object
}

const UNREACHABLE: Expected = { refused: [502, 'upstream_unreachable'] }
const INTERRUPTED: Expected = { refused: [502, 'upstream_interrupted'] }
const BROKEN: Expected = { refused: [502, 'upstream_interrupted', 'upstream_unreachable'] }
const INVALID: Expected = { refused: [502, 'upstream_invalid_answer'] }
const SILENT: Expected = { refused: [504, 'upstream_timeout'] }
const WHOLE: Expected = { passes: 200, body: JSON.stringify(COMPLETION), log: { inputTokens: 9 } }
const ABORTED: Expected = { stream: true, abort: 'upstream_interrupted' }
const NO_USAGE: Expected = { passes: 200, log: { inputTokens: null, outputTokens: null } }

const EXPECTED: Record<MisbehaviorName, Expected> = {
  well: WHOLE,
  'well, streamed': { stream: true, passes: 200, body: STREAM, log: { finishReason: 'stop' } },

  'silence before the head': SILENT,
  'reset before the head': UNREACHABLE,
  'end before the head': UNREACHABLE,
  'half a status line': UNREACHABLE,
  'half a head, then a reset': UNREACHABLE,
  'half a head, then silence': SILENT,
  'no HTTP': UNREACHABLE,
  'a status line of letters': UNREACHABLE,
  'another version of HTTP': UNREACHABLE,
  'a header of 100 KB': UNREACHABLE,
  'headers without end': UNREACHABLE,
  'a header with a NUL': UNREACHABLE,
  'a header without a colon': UNREACHABLE,
  'two lengths': UNREACHABLE,
  'a length and chunks': UNREACHABLE,
  'a negative length': UNREACHABLE,
  'another protocol': UNREACHABLE,
  'a thousand early hints': WHOLE,
  'early hints without end': SILENT,
  'a redirect to elsewhere': { refused: [502, 'upstream_redirected'] },

  'JSON, reset in its middle': INTERRUPTED,
  'JSON, ended in its middle': INTERRUPTED,
  'JSON, silent in its middle': SILENT,
  'chunks without the last': INTERRUPTED,
  'a truncated chunk': INTERRUPTED,
  'a chunk size of letters': BROKEN,
  'a reset after the head': INTERRUPTED,
  'a long response, reset late': { abort: 'upstream_interrupted' },
  'more than its length': WHOLE,
  'an unsolicited response': WHOLE,
  'a page instead of JSON': INVALID,
  'no JSON': INVALID,
  'half of JSON, with the right length': INVALID,
  nothing: INVALID,
  'half of JSON, until the end of the connection': INVALID,
  'JSON until the end of the connection': WHOLE,
  'HTTP/1.0': WHOLE,
  trailers: WHOLE,
  'a byte at a time': WHOLE,
  'a coding that it is not in': INVALID,
  'a truncated response in gzip': INVALID,
  'usage below zero': NO_USAGE,
  'usage without bounds': NO_USAGE,
  'usage of words': NO_USAGE,
  // Passed on as it came, and logged as no JSON.
  'usage that is no number': { passes: 200, log: { errorCode: 'upstream_not_json', inputTokens: null } },
  'cookies and our credential in its headers': WHOLE,

  'a 401': { refused: [502, 'upstream_refused_credential'] },
  'a 403 about the credential': { refused: [502, 'upstream_refused_credential'] },
  'a 403 about something else': {
    passes: 403,
    outcome: 'ERROR',
    log: { errorCode: 'unsupported_country_region_territory' },
  },
  'a 429': { passes: 429, outcome: 'ERROR', log: { errorCode: 'rate_limit_exceeded' } },
  'a 429 about money': { passes: 429, outcome: 'ERROR', log: { errorCode: 'insufficient_quota' } },
  'a 404 of the model': { passes: 404, outcome: 'ERROR', log: { errorCode: 'model_not_found' } },
  'a 400 about the context': { passes: 400, outcome: 'ERROR', log: { errorCode: 'context_length_exceeded' } },
  'a 503 that never ends': SILENT,
  'a 500 of a page': { refused: [500, 'upstream_error_page'], log: { errorCode: 'upstream_500' } },
  'a truncated 503': INTERRUPTED,

  'a stream, reset in its middle': ABORTED,
  'a stream, ended in its middle': ABORTED,
  'a stream, reset in the middle of an event': ABORTED,
  'a stream that falls silent': { stream: true, abort: 'upstream_timeout' },
  'a stream of comments alone, then an end': ABORTED,
  'a stream without its end': ABORTED,
  'a stream that is empty': ABORTED,
  'a stream until the end of the connection, truncated': ABORTED,
  'a stream of one event without JSON': { stream: true, passes: 200, body: `data: {broken\n\n${STREAM}` },
  'a stream in pieces of one byte': {
    stream: true,
    passes: 200,
    body: STREAM,
    log: { finishReason: 'stop' },
  },
  'a stream with CRLF, in pieces of one byte': {
    stream: true,
    passes: 200,
    body: STREAM.replaceAll('\n', '\r\n'),
    log: { finishReason: 'stop' },
  },
  'a stream with three kinds of line ends': { stream: true, passes: 200, log: { finishReason: 'stop' } },
  'a stream that begins with an error': {
    stream: true,
    passes: 200,
    outcome: 'ERROR',
    log: { errorCode: 'overloaded' },
  },
  'a stream that begins with an error of the client': {
    stream: true,
    passes: 200,
    outcome: 'ERROR',
    log: { errorCode: 'context_length_exceeded' },
  },
  'a stream, reset before its first event': ABORTED,
  'a stream with an error within': {
    stream: true,
    passes: 200,
    outcome: 'ERROR',
    log: { errorCode: 'overloaded' },
  },
  'a stream that goes on after [DONE]': { stream: true, passes: 200, log: { finishReason: 'stop' } },
  'a line of 50 MB': { stream: true, passes: 200 },
  'JSON of 50 MB': { passes: 200, log: { inputTokens: 9 } },
}

describe.each(UPSTREAM_CLIENTS)('%s', (_name, upstreamClient) => {
  let upstream: MisbehavingUpstream
  let latchkey: TestLatchkey
  let secret = ''

  beforeAll(async () => {
    upstream = await startMisbehavingUpstream()
    latchkey = await startLatchkey({
      env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_UPSTREAM_KEY: CREDENTIAL },
      timeouts: { connectMs: 2_000, headMs: 1_500, idleMs: 1_500 },
      upstreamClient,
    })
    secret = (await latchkey.createKey()).secret
  })
  afterAll(async () => {
    await latchkey.close()
    await upstream.close()
  })

  const names = Object.keys(MISBEHAVIORS) as MisbehaviorName[]

  test.each(names)('%s', async (name) => {
    const expected = EXPECTED[name]
    // Once on a new connection, and once where one may have been kept.
    for (let round = 0; round < 2; round++) {
      const response = await chat(latchkey, secret, {
        model: name,
        ...(expected.stream === true ? { stream: true, stream_options: { include_usage: true } } : {}),
      })
      const { text, whole } = await readAll(response)
      const log = await logOf(latchkey, response)
      expect(log).toMatchObject(judge(expected, response, text, whole))
      const reported = JSON.stringify([...response.headers, log]) + (text.length < MIB ? text : '')
      expect(reported).not.toContain(CREDENTIAL)
      expect(reported).not.toContain(SMUGGLED)
      expect(response.headers.get('set-cookie')).toBeNull()
      expect(response.headers.get('www-authenticate')).toBeNull()
      // What comes once the next request is out looks like its response to every client.
      if (name === 'an unsolicited response') await expect.poll(() => upstream.connections()).toBe(0)
    }
    const next = await chat(latchkey, secret, { model: 'well' })
    expect([next.status, await next.json()]).toEqual([200, COMPLETION])
  })

  test('a hundred of each kind of breaking at once leave no connection and no memory behind', async () => {
    const kinds: MisbehaviorName[] = [
      'reset before the head',
      'JSON, reset in its middle',
      'a stream, reset in its middle',
      'no JSON',
    ]
    const round = async () => {
      await Promise.all(
        kinds.flatMap((model) =>
          Array.from({ length: 25 }, async () =>
            readAll(await chat(latchkey, secret, { model, stream: EXPECTED[model].stream })),
          ),
        ),
      )
    }
    await round()
    globalThis.gc?.()
    const before = process.memoryUsage().rss
    for (let n = 0; n < 3; n++) await round()
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * MIB)
    // A kept connection is closed after some seconds without a call.
    await expect.poll(() => upstream.connections()).toBe(0)
  })

  test('every one of these calls has come to an end in the log, once', async () => {
    const logs = await requestLogs(latchkey)
    expect(logs.length).toBeGreaterThan(2 * names.length)
    expect(new Set(logs.map(({ id }) => id)).size).toBe(logs.length)
    expect(logs.filter(({ outcome }) => outcome !== 'SUCCESS' && outcome !== 'ERROR')).toEqual([])
  })

  function judge(expected: Expected, response: Response, text: string, whole: boolean): object {
    const { refused, abort, passes } = expected
    if (refused !== undefined) {
      const [status, ...codes] = refused
      expect([response.status, whole], text.slice(0, 500)).toEqual([status, true])
      const { error } = JSON.parse(text) as ErrorBody
      expect(Object.keys(error).sort()).toEqual(['code', 'message', 'param', 'type'])
      expect(codes).toContain(error.code)
      expect(response.headers.get('x-latchkey-error-source')).toBe('upstream')
      return { outcome: 'ERROR', httpStatus: status, errorCode: error.code, ...expected.log }
    }
    if (abort !== undefined) {
      expect([response.status, whole], text.slice(0, 500)).toEqual([200, false])
      if (expected.stream === true) expect(text).toContain(`"code":"${abort}"`)
      return { outcome: 'ERROR', httpStatus: 200, errorCode: abort }
    }
    expect([response.status, whole], text.slice(0, 500)).toEqual([passes, true])
    if (expected.body !== undefined) expect(text).toBe(expected.body)
    return { outcome: expected.outcome ?? 'SUCCESS', httpStatus: passes, ...expected.log }
  }
})
