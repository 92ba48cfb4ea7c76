import { describe, expect, test } from 'vitest'
import type { StreamDialect } from '../../domain/endpoints/endpoints.ts'
import { eventStreamMeter } from './event-stream-meter.ts'
import { NO_FACTS } from './read-usage.ts'
import { jsonMeter, passThrough, type ResponseMeter } from './response-meter.ts'

const USAGE = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }
const ROLE = {
  id: 'c1',
  choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }],
}
const WORD = { id: 'c1', choices: [{ index: 0, delta: { content: 'Hé 日本 🔑' }, finish_reason: null }] }
const STOP = { id: 'c1', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }
const USAGE_CHUNK = { id: 'c1', choices: [], usage: USAGE }

/** A stream as an upstream sends it whose request wants usage. */
const ASKED = events(withNull(ROLE), withNull(WORD), withNull(STOP), USAGE_CHUNK, '[DONE]')
/** The same as a client gets it that did not ask for usage. */
const HIDDEN = events(ROLE, WORD, STOP, '[DONE]')

describe('a stream whose client requested usage, or whose gateway did not', () => {
  const bytes = Buffer.from(ASKED)

  test('passes unchanged, split at every byte', () => {
    for (let at = 0; at <= bytes.length; at++) {
      const meter = eventStreamMeter(false)
      expect(through(meter, [bytes.subarray(0, at), bytes.subarray(at)])).toEqual(bytes)
      expect(meter.facts()).toMatchObject({
        finishReason: 'stop',
        usage: { inputTokens: 3, outputTokens: 2 },
      })
    }
  })

  test('passes unchanged, byte by byte', () => {
    expect(through(eventStreamMeter(false), single(bytes))).toEqual(bytes)
  })

  test.for([
    '',
    'no event at all',
    ':',
    '\n\n\n\n',
    'data: {broken\n\n',
    'data:\r\rdata: 1\r\r',
    '\ufeffdata: {}\n\n',
    '\u0000\n\n',
  ])('passes %j unchanged', (text) => {
    expect(through(eventStreamMeter(false), single(Buffer.from(text))).toString()).toBe(text)
  })

  // Half an event with an error event put behind it is neither (wire-details §3.4).
  test('sends events on whole, and comments at once', () => {
    const meter = eventStreamMeter(false)
    expect(meter.pass(Buffer.from('data: {"a":1}\n\ndata: {"ha')).toString()).toBe('data: {"a":1}\n\n')
    expect(meter.pass(Buffer.from('lf":2}\n')).toString()).toBe('')
    expect(meter.pass(Buffer.from('\n: ping\n')).toString()).toBe('data: {"half":2}\n\n: ping\n')
    expect(meter.pass(Buffer.from('\n')).toString()).toBe('\n')
    expect(meter.pass(Buffer.from('data: {"last":1}')).toString()).toBe('')
    expect(meter.end().toString()).toBe('data: {"last":1}')
  })

  test('a line longer than an event may be is not held back', () => {
    const meter = eventStreamMeter(false)
    const line = Buffer.from(`data: ${'x'.repeat(3 * 1024 * 1024)}`)
    let sent = 0
    for (let at = 0; at < line.length; at += 65_536) sent += meter.pass(line.subarray(at, at + 65_536)).length
    expect(sent).toBeGreaterThan(line.length - 65_536)
    expect(sent + meter.end().length).toBe(line.length)
  })
})

describe('a stream whose usage only the gateway requested', () => {
  const bytes = Buffer.from(ASKED)

  test('is the stream that the client requested, split at every byte', () => {
    for (let at = 0; at <= bytes.length; at++) {
      const meter = eventStreamMeter(true)
      expect(through(meter, [bytes.subarray(0, at), bytes.subarray(at)]).toString(), `split at ${at}`).toBe(
        HIDDEN,
      )
      expect(meter.facts()).toMatchObject({
        finishReason: 'stop',
        usage: { inputTokens: 3, outputTokens: 2 },
      })
    }
  })

  test('is so byte by byte, and in one piece', () => {
    expect(through(eventStreamMeter(true), single(bytes)).toString()).toBe(HIDDEN)
    expect(through(eventStreamMeter(true), [bytes]).toString()).toBe(HIDDEN)
  })

  test.for(['\r\n', '\r'])('is so with lines that end in %j', (lineEnd) => {
    const units = ASKED.replaceAll('\n', lineEnd)
    expect(through(eventStreamMeter(true), single(Buffer.from(units))).toString()).toBe(
      HIDDEN.replaceAll('\n', lineEnd),
    )
  })

  test('keeps a content chunk that carries usage, and takes out the field alone', () => {
    const last = { ...STOP, usage: USAGE }
    const meter = eventStreamMeter(true)
    expect(through(meter, [Buffer.from(events(last, '[DONE]'))]).toString()).toBe(events(STOP, '[DONE]'))
    expect(meter.facts().usage).toMatchObject({ inputTokens: 3, outputTokens: 2 })
  })

  test('keeps a chunk without choices that carries no usage', () => {
    const filters = { id: '', choices: [], prompt_filter_results: [{ prompt_index: 0 }], usage: null }
    const { usage: _, ...seen } = filters
    expect(through(eventStreamMeter(true), [Buffer.from(events(filters))]).toString()).toBe(events(seen))
  })

  const empty: [string, object][] = [
    ['absent', {}],
    ['null', { choices: null }],
    ['empty', { choices: [] }],
  ]
  test.for(empty)('takes the usage chunk out whole where its choices are %s', ([, choices]) => {
    const alone = events(WORD, STOP, { usage: USAGE, ...choices }, '[DONE]')
    const inFull = {
      id: 'c1',
      object: 'chat.completion.chunk',
      created: 1,
      model: 'm',
      ...choices,
      citations: null,
    }
    for (const text of [
      alone,
      events(WORD, STOP, { ...inFull, system_fingerprint: 'f', usage: USAGE }, '[DONE]'),
    ]) {
      const meter = eventStreamMeter(true)
      expect(through(meter, [Buffer.from(text)]).toString()).toBe(events(WORD, STOP, '[DONE]'))
      expect(meter.facts().usage).toMatchObject({ inputTokens: 3, outputTokens: 2 })
    }
  })

  test.for(
    empty.flatMap(([name, choices]) =>
      [
        { timings: { predicted_n: 2 } },
        { citations: ['https://example.org'] },
        { error: null, extra: 0 },
      ].map((more) => [name, Object.keys(more).join(), { id: 'c1', ...choices, ...more }] as const),
    ),
  )('takes the usage alone out of a chunk whose choices are %s and that has %s', ([, , chunk]) => {
    for (const usage of [USAGE, null, {}]) {
      for (const text of [events({ ...chunk, usage }), events({ usage, ...chunk })]) {
        expect(through(eventStreamMeter(true), [Buffer.from(text)]).toString()).toBe(events(chunk))
      }
    }
  })

  test.for([null, {}])('leaves no event without a member (usage: %j)', (usage) => {
    expect(through(eventStreamMeter(true), [Buffer.from(events({ usage }, WORD))]).toString()).toBe(
      events(WORD),
    )
  })

  test('leaves usage in every chunk where the upstream sends it so, and takes out the chunk that was asked for', () => {
    const growing = (chunk: object, count: number) => ({
      ...chunk,
      usage: { prompt_tokens: 3, completion_tokens: count, total_tokens: 3 + count },
    })
    const unasked = events(growing(ROLE, 0), growing(WORD, 1), growing(STOP, 2))
    for (const last of [events('[DONE]'), events(USAGE_CHUNK, '[DONE]')]) {
      const meter = eventStreamMeter(true)
      expect(through(meter, single(Buffer.from(unasked + last))).toString()).toBe(unasked + events('[DONE]'))
      expect(meter.facts().usage).toMatchObject({ inputTokens: 3, outputTokens: 2 })
    }
  })

  test.for<[string, object]>([
    ['a choice', { choices: [{ index: 0, delta: {}, finish_reason: 'stop', usage: USAGE }] }],
    ['x_groq', { ...STOP, x_groq: { id: 'req', usage: USAGE } }],
    ['x_groq of a chunk without choices', { choices: [], x_groq: { usage: USAGE } }],
  ])('leaves and reads usage that no gateway asked for, in %s', ([, chunk]) => {
    const text = events(WORD, chunk, '[DONE]')
    const meter = eventStreamMeter(true)
    expect(through(meter, single(Buffer.from(text))).toString()).toBe(text)
    expect(meter.facts().usage).toMatchObject({ inputTokens: 3, outputTokens: 2 })
  })

  test('takes usage that comes after the finish reason out of a chunk with choices', () => {
    const late = { id: 'c1', choices: [{ index: 0, delta: { content: '' }, finish_reason: null }] }
    const text = events(WORD, STOP, { ...late, usage: USAGE }, '[DONE]')
    expect(through(eventStreamMeter(true), [Buffer.from(text)]).toString()).toBe(
      events(WORD, STOP, late, '[DONE]'),
    )
  })

  test('keeps what else an event says', () => {
    const event = `: ping\nevent: message\nid: 7\ndata: ${JSON.stringify(withNull(WORD))}\n\n`
    expect(through(eventStreamMeter(true), single(Buffer.from(event))).toString()).toBe(
      `: ping\nevent: message\nid: 7\ndata: ${JSON.stringify(WORD)}\n\n`,
    )
  })

  test('keeps comments and events without data', () => {
    const text = `: OPENROUTER PROCESSING\n\nevent: ping\n\n${events(WORD)}`
    expect(through(eventStreamMeter(true), single(Buffer.from(text))).toString()).toBe(text)
  })

  test('is not misled by content that mentions usage', () => {
    const text = events({ choices: [{ delta: { content: 'the "usage" of it, "usage":null' } }] })
    expect(through(eventStreamMeter(true), [Buffer.from(text)]).toString()).toBe(text)
  })

  test('passes data that is no JSON, and no object, as it is', () => {
    const text = 'data: {"usage": broken\n\ndata: "usage"\n\ndata: ["usage"]\n\n'
    expect(through(eventStreamMeter(true), single(Buffer.from(text))).toString()).toBe(text)
  })

  test('reads an event whose data stands in several lines', () => {
    const text = 'data: {"choices":[],\ndata: "usage":{"prompt_tokens":1}}\n\n'
    const meter = eventStreamMeter(true)
    expect(through(meter, single(Buffer.from(text))).toString()).toBe('')
    expect(meter.facts().usage).toMatchObject({ inputTokens: 1 })
  })

  test('reads a last event that has no blank line after it', () => {
    const unterminated = ASKED.replace(events(USAGE_CHUNK, '[DONE]'), events(USAGE_CHUNK).trimEnd())
    const meter = eventStreamMeter(true)
    expect(through(meter, single(Buffer.from(unterminated))).toString()).toBe(events(ROLE, WORD, STOP))
    expect(meter.facts().usage).toMatchObject({ inputTokens: 3 })
  })

  test('holds back no more than one event, and sends one over a mebibyte on as it comes', () => {
    const meter = eventStreamMeter(true)
    const big = Buffer.from(
      events({ choices: [{ delta: { content: 'x'.repeat(2 * 1024 * 1024) } }], usage: null }),
    )
    const all = Buffer.concat([Buffer.from(events(WORD)), big, bytes])
    const sent: Buffer[] = []
    let taken = 0
    for (let at = 0; at < all.length; at += 10_000) {
      const piece = all.subarray(at, at + 10_000)
      taken += piece.length
      sent.push(meter.pass(piece))
      expect(taken - sizeOf(sent)).toBeLessThan(1024 * 1024 + 20_000)
    }
    sent.push(meter.end())
    expect(
      Buffer.concat(sent).equals(Buffer.concat([Buffer.from(events(WORD)), big, Buffer.from(HIDDEN)])),
    ).toBe(true)
  })
})

describe('an event over a mebibyte', () => {
  const b64_json = 'x'.repeat(2 * 1024 * 1024)
  const usage = { input_tokens: 3, output_tokens: 2, total_tokens: 5 }
  const completed = {
    type: 'response.completed',
    response: { status: 'completed', output: [b64_json], usage },
  }
  test.for<[string, StreamDialect, string]>([
    ['the last of an image', 'other', events({ type: 'image_generation.completed', b64_json, usage })],
    ['the last of an image, usage first', 'other', events({ usage, type: 'image_edit.completed', b64_json })],
    ['the last of a response', 'responses', `event: response.completed\n${events(completed)}`],
    ['the last of a chat', 'chat', events(WORD, { choices: [{ finish_reason: 'stop' }], usage, b64_json })],
    ['of CRLF', 'other', events({ b64_json, usage }).replaceAll('\n', '\r\n')],
    ['of several lines', 'other', events({ b64_json, usage }).replaceAll(',"', ',\ndata:"')],
    ['without a blank line', 'other', events({ b64_json, usage }).trimEnd()],
  ])('passes and is read: %s', ([, dialect, text]) => {
    for (const size of [65_536, 1_500_000, 10_000_000]) {
      const meter = eventStreamMeter(false, dialect)
      const chunks = pieces(Buffer.from(text), size)
      expect(through(meter, chunks).toString() === text).toBe(true)
      expect(meter.facts().usage).toMatchObject({ inputTokens: 3, outputTokens: 2 })
      expect(meter.whole()).toBe(true)
      expect(meter.ended()).toBe(dialect === 'responses')
    }
  })

  test('that reports an error says which, without the credential', () => {
    const error = { message: 'No sk-canary.', code: 'c' }
    const meter = eventStreamMeter(false, 'other', ['sk-canary'])
    through(meter, pieces(Buffer.from(events({ b64_json, error }))))
    expect(meter.failure()).toEqual({ code: 'c', message: 'No [credential].' })
  })

  const partial = events({ type: 'image_generation.partial_image', b64_json })
  test.for<[string, StreamDialect, string]>([
    ['after it', 'chat', events({ choices: [{ delta: { content: b64_json } }] })],
    ['after it', 'responses', events({ type: 'response.image_generation_call.partial_image', b64_json })],
    ['after it', 'other', partial],
    ['after it and a small one', 'other', partial + events({ type: 'image_edit.partial_image' })],
    ['within it', 'other', events({ type: 'x', b64_json }).slice(0, -10)],
    ['within it, at the end of a member', 'other', `data: {"type":"x","b64_json":"${b64_json}"`],
    ['within a small one', 'other', `${events({ b64_json })}data: {"type":"image_gene`],
    ['after small ones of speech', 'other', events({ type: 'speech.audio.delta', audio: 'x' })],
    [
      'after small ones of a transcript',
      'other',
      events(...['a', 'b'].map((delta) => ({ type: 'transcript.text.delta', delta }))),
    ],
  ])('and a stream that breaks off %s (%s) is not whole', ([, dialect, text]) => {
    for (const size of [65_536, 10_000_000]) {
      const meter = eventStreamMeter(false, dialect)
      through(meter, pieces(Buffer.from(text), size))
      expect(meter.whole()).toBe(false)
    }
  })

  test.for([
    partial + events({ type: 'image_generation.completed', b64_json: '' }),
    partial + events('[DONE]'),
    events({ type: 'transcript.text.delta' }, { type: 'transcript.text.done' }),
    events({ type: 'speech.audio.delta' }) + events({ type: 'speech.audio.done' }),
    events({ any: 'thing' }),
    'data: plain text',
    '',
  ])('and a stream of no known order that ends is whole', (text) => {
    for (const size of [65_536, 10_000_000]) {
      const meter = eventStreamMeter(false, 'other')
      through(meter, pieces(Buffer.from(text), size))
      expect(meter.whole()).toBe(true)
    }
  })
})

test('the first token is the first event with data, not a comment', () => {
  const meter = eventStreamMeter(false)
  meter.pass(Buffer.from(': processing\n\n'))
  expect(meter.started()).toBe(false)
  meter.pass(Buffer.from(events(ROLE)))
  expect(meter.started()).toBe(true)
})

test('a Responses stream reports its usage in its last event', () => {
  const meter = eventStreamMeter(false)
  const response = { object: 'response', status: 'completed', usage: { input_tokens: 5, output_tokens: 6 } }
  const text = `event: response.created\ndata: {"type":"response.created","response":{"object":"response","status":"in_progress","usage":null}}\n\nevent: response.completed\ndata: ${JSON.stringify({ type: 'response.completed', response })}\n\n`
  expect(through(meter, single(Buffer.from(text))).toString()).toBe(text)
  expect(meter.facts()).toMatchObject({
    finishReason: 'completed',
    usage: { inputTokens: 5, outputTokens: 6 },
  })
})

describe('a JSON response', () => {
  test('passes as it came and is read at its end, multi-byte characters split or not', () => {
    const bytes = Buffer.from(
      JSON.stringify({ model: '日本', choices: [{ finish_reason: 'stop' }], usage: USAGE }),
    )
    for (let at = 0; at <= bytes.length; at++) {
      const meter = jsonMeter()
      expect(through(meter, [bytes.subarray(0, at), bytes.subarray(at)])).toEqual(bytes)
      expect(meter.facts()).toMatchObject({ model: '日本', finishReason: 'stop', usage: { inputTokens: 3 } })
    }
  })

  test.for(['', 'null', '<html>', '{"usage":', '[]'])('%j has no facts', (text) => {
    const meter = jsonMeter()
    expect(through(meter, single(Buffer.from(text))).toString()).toBe(text)
    expect(meter.facts()).toEqual(NO_FACTS)
  })

  const image = { b64_json: 'x'.repeat(3 * 1024 * 1024) }
  test.for<[string, object]>([
    ['at its end', { data: [image, image], usage: USAGE, model: 'm1' }],
    ['at its beginning', { usage: USAGE, model: 'm1', data: [image, image] }],
    ['in its middle', { model: 'm1', padding: [image], usage: USAGE, data: [image, image] }],
    ['in its response', { padding: [image], response: { usage: USAGE, model: 'm1', data: [1, 2] } }],
  ])('over a mebibyte is read as it passes, with its usage %s', ([, body]) => {
    const long = JSON.stringify(body)
    const meter = jsonMeter()
    expect(through(meter, pieces(Buffer.from(long))).toString() === long).toBe(true)
    expect(meter.facts()).toMatchObject({ usage: { inputTokens: 3 }, model: 'm1' })
    if ('data' in body) expect(meter.facts().items).toBe(2)
    expect(meter.whole()).toBe(true)
  })

  test('over a mebibyte that is an error says which', () => {
    const meter = jsonMeter()
    through(meter, pieces(Buffer.from(JSON.stringify({ image, error: { message: 'No.', code: 'c' } }))))
    expect(meter.failure()).toEqual({ code: 'c', message: 'No.' })
  })

  test.for([
    [{ data: 'x'.repeat(2 * 1024 * 1024), details: { usage: USAGE } }],
    [{ data: `${'x'.repeat(2 * 1024 * 1024)}"usage":{"prompt_tokens":9}` }],
  ])('over a mebibyte has no usage where it has none of its own', ([body]) => {
    const meter = jsonMeter()
    through(meter, pieces(Buffer.from(JSON.stringify(body))))
    expect(meter.facts()).toEqual(NO_FACTS)
    expect(meter.whole()).toBe(true)
  })

  test('over a mebibyte that breaks off is not whole', () => {
    const meter = jsonMeter()
    through(meter, pieces(Buffer.from(`{"data":"${'x'.repeat(2 * 1024 * 1024)}`)))
    expect(meter.whole()).toBe(false)
  })

  test.for(['', '{', '{"a":1', '<html>', '{"a":1}x'])('%j is not whole', (text) => {
    const meter = jsonMeter()
    through(meter, [Buffer.from(text)])
    expect(meter.whole()).toBe(false)
  })

  test('that is an error says which, whatever its status', () => {
    const meter = jsonMeter()
    through(meter, [Buffer.from('{"error":{"message":"No.","type":"t","param":null,"code":null}}')])
    expect(meter.failure()).toEqual({ code: 't', message: 'No.' })
  })
})

test('what is not metered passes as it came', () => {
  const meter = passThrough()
  const bytes = Buffer.from([0, 255, 10, 10])
  expect(meter.started()).toBe(false)
  expect(meter.pass(bytes)).toBe(bytes)
  expect(meter.started()).toBe(true)
  expect(meter.end()).toHaveLength(0)
  expect(meter.facts()).toEqual(NO_FACTS)
})

function events(...datas: unknown[]): string {
  return datas.map((data) => `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`).join('')
}

function withNull(chunk: object): object {
  return { ...chunk, usage: null }
}

function single(bytes: Buffer): Buffer[] {
  return [...bytes].map((_, at) => bytes.subarray(at, at + 1))
}

function through(meter: ResponseMeter, chunks: Buffer[]): Buffer {
  return Buffer.concat([...chunks.map((chunk) => Buffer.from(meter.pass(chunk))), meter.end()])
}

function pieces(bytes: Buffer, size = 65_536): Buffer[] {
  const all: Buffer[] = []
  for (let at = 0; at < bytes.length; at += size) all.push(bytes.subarray(at, at + size))
  return all
}

function sizeOf(chunks: Buffer[]): number {
  return chunks.reduce((sum, piece) => sum + piece.length, 0)
}
