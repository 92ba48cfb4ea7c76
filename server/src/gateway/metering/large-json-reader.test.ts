import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LargeJsonReader } from './large-json-reader.ts'
import { factsFrom } from './read-usage.ts'

const LONG = 'x'.repeat(100_000)

describe('reads what is wanted wherever it is', () => {
  test.for<[string, unknown, unknown]>([
    ['at the end', { b64_json: LONG, usage: { a: 1 } }, { usage: { a: 1 } }],
    ['at the beginning', { usage: { a: 1 }, b64_json: LONG }, { usage: { a: 1 } }],
    ['in the middle', { a: [LONG], usage: { a: { b: [1] } }, z: { usage: 2 } }, { usage: { a: { b: [1] } } }],
    ['in a response', { response: { result: [LONG], usage: { a: 1 } } }, { response: { usage: { a: 1 } } }],
    [
      'of what a response made',
      { output: [{ id: 'ig_1', result: LONG }, LONG] },
      { output: [{ id: 'ig_1' }, null] },
    ],
    [
      'beside what a response made',
      { response: { output: [{ type: 'x', result: LONG }, LONG], usage: { a: 1 } } },
      { response: { output: [{ type: 'x' }, null], usage: { a: 1 } } },
    ],
    [
      'in a choice',
      { choices: [{ message: { usage: 1 } }, { usage: { a: 1 }, text: LONG, finish_reason: 'stop' }] },
      { choices: [{}, { usage: { a: 1 }, finish_reason: 'stop' }] },
    ],
    ['in x_groq', { x_groq: { id: 'x', usage: { a: 1 } } }, { x_groq: { usage: { a: 1 } } }],
    [
      'of another kind',
      { choices: { usage: 1 }, x_groq: [1], response: 'x' },
      { choices: null, x_groq: null, response: null },
    ],
    ['beside quotes', { a: '"usage":{"a":2}\\', b: '\\"', usage: 1 }, { usage: 1 }],
    ['too long', { error: { message: LONG }, usage: { a: 1 } }, { error: null, usage: { a: 1 } }],
    ['empty', {}, {}],
    ['no object', [{ usage: 1 }], undefined],
  ])('%s', ([, body, expected]) => {
    const bytes = Buffer.from(JSON.stringify(body))
    for (const size of [1, 7, 4_096, bytes.length]) {
      const reader = read(bytes, size)
      expect(reader.value()).toEqual(expected)
      expect(reader.whole).toBe(true)
    }
  })

  test('counts the elements of data', () => {
    const images = Buffer.from(JSON.stringify({ data: [{ b64_json: LONG }, { data: [1, 2, 3] }, []] }))
    expect(read(images, 1_000).items).toBe(3)
    expect(read(Buffer.from('{"data":[]}'), 1).items).toBe(0)
    expect(read(Buffer.from('{"data":{}}'), 1).items).toBeNull()
  })

  test('keeps within its memory, whatever comes', () => {
    const many = Buffer.from(`{${Array.from({ length: 20_000 }, (_, at) => `"usage":{"a":${at}}`)}}`)
    expect(read(many, 5_000).value()).toHaveProperty('usage')
    const choices = Buffer.from(
      JSON.stringify({ choices: Array(50_000).fill({ usage: { a: 1 } }), usage: 1 }),
    )
    const reader = read(choices, 5_000)
    expect(reader.value()).toMatchObject({ choices: expect.any(Array) })
    expect(reader.whole).toBe(true)
  })
})

test('reads the same facts as a parser does, however the body is split', () => {
  const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null))
  const name = fc.constantFrom(
    'usage',
    'model',
    'object',
    'status',
    'data',
    'choices',
    'finish_reason',
    'x',
    '"',
  )
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      scalar,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(name, tie('value'), { maxKeys: 4 }),
      fc.record({ prompt_tokens: fc.nat(), completion_tokens: fc.nat() }),
    ),
  }))
  const bodies = fc.dictionary(fc.oneof(name, fc.constantFrom('response', 'x_groq')), value)
  fc.assert(
    fc.property(bodies, fc.integer({ min: 1, max: 40 }), fc.boolean(), (body, size, spaced) => {
      const reader = read(Buffer.from(JSON.stringify(body, null, spaced ? 1 : 0)), size)
      const facts = factsFrom(reader.value())
      expect(reader.whole).toBe(true)
      expect({ ...facts, items: null }).toEqual({ ...factsFrom(body), items: null })
      if (!('response' in body)) expect(reader.items).toBe(factsFrom(body).items)
    }),
    { numRuns: 1_000 },
  )
})

describe('what is no JSON', () => {
  test.for<[string, unknown]>([
    ['\ufeff{"usage":{"a":1}}', { usage: { a: 1 } }],
    ['{"score":NaN,"usage":{"a":1}}', { usage: { a: 1 } }],
    ['{"usage":{"a":1,"cost":NaN,"x":-Infinity}}', { usage: { a: 1, cost: null, x: null } }],
    ['{"usage":{"a":1},}', { usage: { a: 1 } }],
    ['{"usage":{"a":1} "b":[2]}', { usage: { a: 1 } }],
    ['{"usage":1,\'b\':{}}', { usage: 1 }],
    ['{"us\\u0061ge":1}', { usage: 1 }],
  ])('%j is whole, and read as far as it is JSON', ([text, expected]) => {
    for (const size of [1, 100]) {
      const reader = read(Buffer.from(text), size)
      expect(reader.value()).toEqual(expected)
      expect(reader.whole).toBe(true)
    }
  })

  test.for([
    '',
    ' ',
    '\ufeff',
    'hello',
    '<html>',
    '{',
    '{"a":1',
    '{"a":"}',
    '{"a":1}x',
    '{}{}',
    '[1',
    'NaN',
    '{"choices":[}',

    '{"a" 1',
    '{,',
    '{"usage":[}',
  ])('%j is not whole', (text) => {
    for (const size of [1, 100]) expect(read(Buffer.from(text), size).whole).toBe(false)
  })

  test.for<[string, unknown]>([
    ['{"usage":{"a":1},"x":"xxx', { usage: { a: 1 } }],
    ['{"model":"m","usage":{"a":', { model: 'm', usage: null }],
    ['{"choices":[{"usage":{"a":1}},{"us', { choices: [{ usage: { a: 1 } }, {}] }],
    ['{"response":{"model":"m"', { response: { model: 'm' } }],
  ])('%j has broken off, and is read as far as it goes', ([text, expected]) => {
    for (const size of [1, 100]) expect(read(Buffer.from(text), size).value()).toEqual(expected)
  })
})

function read(bytes: Buffer, size: number): LargeJsonReader {
  const reader = new LargeJsonReader()
  for (let at = 0; at < bytes.length; at += size) reader.add(bytes.subarray(at, at + size))
  return reader
}
