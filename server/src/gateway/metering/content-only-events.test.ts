import { expect, test } from 'vitest'
import { countContentOnlyEvents } from './content-only-events.ts'
import { eventStreamMeter } from './event-stream-meter.ts'

const NONE = { usage: false, error: false }
const WORD =
  'data: {"id":"c1","choices":[{"index":0,"delta":{"content":" Wörter"},"finish_reason":null}]}\n\n'
const NAMED =
  'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":" word"}\n\n'

test.for([
  [WORD, 1],
  [WORD + WORD, 2],
  [NAMED + WORD, 2],
  ['data:{}\n\n', 1],
  ['data: {"content":"data: [DONE] \\n\\n"}\n\n', 1],
  ['data: {"choices":[],"usage":null,"error":null}\n\n', 1],
  ['data: {"text":"usage, error and finish_reason"}\n\n', 1],
] as const)('counts %j', ([text, events]) => {
  expect(countContentOnlyEvents(Buffer.from(text), NONE)).toBe(events)
})

test.for([
  '',
  'data: [DONE]\n\n',
  ': ping\n\n',
  'id: 1\ndata: {}\n\n',
  'data: {}\n',
  'data: {}',
  'data: {}\n\n\n',
  'data: {}\r\n\r\n',
  'data: {\ndata: }\n\n',
  'event: x\r\ndata: {}\n\n',
  'event: x\n\n',
  'event',
  `${WORD}data: {"usage":{"prompt_tokens":1}}\n\n`,
  'data: {"usage" :null}\n\n',
  'data: {"choices":[{"finish_reason":"stop"}]}\n\n',
  'data: {"error":{"message":"no"}}\n\n',
  'data: {"type":"response.completed"}\n\n',
  'data: {"type":"response.failed"}\n\n',
  'data: {"type":"response.incomplete"}\n\n',
])('%j is parsed', (text) => {
  expect(countContentOnlyEvents(Buffer.from(text), NONE)).toBe(0)
})

test('a null content is parsed where content is wanted', () => {
  const usage = Buffer.from('data: {"choices":[],"usage":null}\n\n')
  const error = Buffer.from('data: {"type":"response.created","error":null}\n\n')
  expect(countContentOnlyEvents(usage, { usage: true, error: false })).toBe(0)
  expect(countContentOnlyEvents(error, { usage: false, error: true })).toBe(0)
})

// A piece that begins with a comment, or within an event, is read event by event.
test('reports the same of a stream as parsing each of its events does', () => {
  const parts = [
    WORD,
    NAMED,
    'data: {"error":null,"response":{"model":"m","usage":null}}\n\n',
    'data: {"choices":[],"usage":null}\n\n',
    'data: {"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\n',
    'data: {"choices":[{"delta":{},"finish_reason":"stop"}],"usage":null}\n\n',
    'data: {"type":"response.completed","response":{"usage":{"input_tokens":1,"output_tokens":2}}}\n\n',
    'data: {"error":{"code":"c","message":"no"}}\n\n',
    'data: [DONE]\n\n',
    'data: {"a":\ndata: 1}\n\n',
    'data: {}\r\n\r\n',
    'data: {"b":1}\n',
    ': ping\n\n',
  ]
  // A linear congruential generator (Numerical Recipes), so that a failure comes again.
  let state = 3
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  for (let round = 0; round < 400; round++) {
    const pieces = Array.from({ length: 1 + random(4) }, () =>
      Array.from({ length: 1 + random(3) }, () => parts[random(parts.length)] ?? '').join(''),
    )
    for (const hideUsage of [false, true])
      for (const dialect of ['chat', 'responses', 'other'] as const) {
        const whole = eventStreamMeter(hideUsage, dialect)
        const inTwo = eventStreamMeter(hideUsage, dialect)
        const seen = pieces.map((piece) => whole.pass(Buffer.from(piece)).toString())
        // A piece that does not end where an event does is never plain.
        const read = pieces.map((piece) => {
          const first = inTwo.pass(Buffer.from(piece.slice(0, 1))).toString()
          return first + inTwo.pass(Buffer.from(piece.slice(1))).toString()
        })
        const of = (meter: typeof whole, out: string[]) => ({
          out: out.join('') + meter.end().toString(),
          facts: meter.facts(),
          events: meter.eventCount(),
          ended: meter.ended(),
          whole: meter.whole(),
          failure: meter.failure(),
        })
        expect(of(whole, seen), JSON.stringify({ pieces, hideUsage, dialect })).toEqual(of(inTwo, read))
      }
  }
})
