import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { OUTPUT_BOUNDS } from '../../domain/policy/reservation-size.ts'
import { type RequestBody, readRequestBody, rewriteRequestBody } from './request-body.ts'

describe('reading', () => {
  test('finds the model, and whether a stream and its usage were requested', () => {
    expect(read('{"model":"a","stream":true,"stream_options":{"include_usage":true}}')).toMatchObject({
      model: 'a',
      stream: true,
      includesUsage: true,
    })
    expect(read('{"model":"a"}')).toMatchObject({ model: 'a', stream: false, includesUsage: false })
  })

  test.for(['false', 'null'])('takes "stream": %s for no stream', (value) => {
    expect(read(`{"model":"a","stream":${value}}`)).toMatchObject({ stream: false })
  })

  test('believes the last of two, as parsers do', () => {
    expect(read('{"model":"a","model":"b","stream":true,"stream":false}')).toMatchObject({
      model: 'b',
      stream: false,
    })
  })

  test('knows an escaped key', () => {
    expect(read('{"mod\\u0065l":"a","str\\u0065am":true}')).toMatchObject({ model: 'a', stream: true })
  })

  test('a model is needed, but where the endpoint has a default', () => {
    expect(fault('{"stream":true}')).toMatchObject({
      code: 'model_required',
      httpStatus: 400,
      param: 'model',
    })
    expect(readRequestBody(Buffer.from('{}'), true)).toMatchObject({ model: null })
  })

  test.for(['null', '""', '1', '{}', '["a"]', `"${'m'.repeat(257)}"`])('refuses the model %s', (value) => {
    expect(fault(`{"model":${value}}`)).toMatchObject({ code: 'model_required', param: 'model' })
    expect(readRequestBody(Buffer.from(`{"model":${value}}`), true)).toMatchObject({ code: 'model_required' })
  })

  test.for(['"true"', '1', '[]', '{}'])('refuses "stream": %s, naming it', (value) => {
    expect(fault(`{"model":"a","stream":${value}}`)).toMatchObject({
      code: 'invalid_request',
      param: 'stream',
    })
  })

  test.for(['true', '1', '"x"', '[]'])('refuses "stream_options": %s, naming it', (value) => {
    expect(fault(`{"model":"a","stream_options":${value}}`)).toMatchObject({
      code: 'invalid_request',
      param: 'stream_options',
    })
  })

  test.for([
    '',
    '[]',
    'null',
    '{"model":"a"',
    '{"model":"a",}',
    '\ufeff{"model":"a"}',
    '{"model":"a"}x',
    'model=a',
  ])('refuses %j as no JSON object', (text) => {
    expect(fault(text)).toMatchObject({ code: 'invalid_json', httpStatus: 400 })
  })

  test('refuses what is not UTF-8', () => {
    const bytes = Buffer.concat([
      Buffer.from('{"model":"a","x":"'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"}'),
    ])
    expect(readRequestBody(bytes, false)).toMatchObject({ code: 'invalid_json' })
  })

  test('an error deep inside a small body is found; in a large one the upstream reports it', async () => {
    expect(fault('{"model":"a","messages":[{"role":user}]}')).toMatchObject({ code: 'invalid_json' })
    expect(await fault(`{"model":"a","messages":[nonsense],"pad":"${'x'.repeat(140_000)}"}`)).toMatchObject({
      model: 'a',
    })
  })

  test('of a large body the last model counts, though it is its last member', async () => {
    const body = await fault(`{"model":"a","pad":"${'x'.repeat(140_000)}","model":"b"}`)
    expect(body).toMatchObject({ model: 'b' })
  })

  test.for(['model', 'stream', 'stream_options'])(
    'a `%s` of 100 KB is nothing that is parsed',
    async (name) => {
      const members = { model: 'a', [name]: { pad: 'x'.repeat(100_000) }, more: 'x'.repeat(100_000) }
      expect(await fault(JSON.stringify(members))).toMatchObject({ httpStatus: 400, param: name })
    },
  )

  // Each of these is a different worst case of the scan.
  test.for([
    ['numbers', '12,'],
    ['escaped quotes', '\\"'],
    ['empty strings', '"",'],
    ['spaces', ' '],
    ['brackets', '[],'],
  ] as const)('a large body of %s lets others go on', async ([, piece]) => {
    const inside = piece.repeat(Math.ceil((4 * 1024 * 1024) / piece.length))
    const value = piece === '\\"' ? `"${inside}"` : `[${inside}0]`
    let turns = 0
    let reading = true
    const count = () => {
      turns++
      if (reading) setImmediate(count)
    }
    count()
    expect(await fault(`{"n":${value},"model":"last"}`)).toMatchObject({ model: 'last' })
    reading = false
    expect(turns).toBeGreaterThan(5)
  })

  test('a large body of many members lets others go on', async () => {
    let turns = 0
    const counting = setInterval(() => turns++, 0)
    expect(await fault(`{${'"a":1,'.repeat(700_000)}"model":"last"}`)).toMatchObject({ model: 'last' })
    clearInterval(counting)
    expect(turns).toBeGreaterThan(2)
  })
})

describe('rewriting', () => {
  test('nothing to change is the same buffer, not a copy', () => {
    const body = read('{ "model" : "a" ,"n":1.0}')
    expect(rewriteRequestBody(body, 'a', false)).toBe(body.bytes)
  })

  test('another model changes its name and not one byte beside it', () => {
    const text = ' {"a":1.0,\n"model" : "auto"  ,"b":"\\u00e9","c":[1 , 2]}\n'
    expect(rewritten(text, 'gemini-flash', false)).toBe(text.replace('"auto"', '"gemini-flash"'))
  })

  test('a name with quotes and other signs is escaped', () => {
    const text = rewritten('{"model":"auto"}', 'a"\\\n🔑', false)
    expect(JSON.parse(text)).toEqual({ model: 'a"\\\n🔑' })
  })

  test('a model named twice is named alike in both places', () => {
    expect(rewritten('{"model":"a","x":1,"mod\\u0065l":"b"}', 'b', false)).toBe(
      '{"model":"b","x":1,"mod\\u0065l":"b"}',
    )
  })

  test.for([
    ['{"model":"a","stream":true}', '{"model":"a","stream":true,"stream_options":{"include_usage":true}}'],
    [
      '{"model":"a","stream":true \n}\n',
      '{"model":"a","stream":true \n,"stream_options":{"include_usage":true}}\n',
    ],
    ['{"stream_options":null,"model":"a"}', '{"stream_options":{"include_usage":true},"model":"a"}'],
    [
      '{"stream_options":{"include_usage":false},"model":"a"}',
      '{"stream_options":{"include_usage":true},"model":"a"}',
    ],
    [
      '{"model":"a","stream_options":{"include_obfuscation":false}}',
      '{"model":"a","stream_options":{"include_obfuscation":false,"include_usage":true}}',
    ],
    [
      '{"stream_options":{"x":1},"model":"a","stream_options":{"y":2}}',
      '{"stream_options":{"y":2,"include_usage":true},"model":"a","stream_options":{"y":2,"include_usage":true}}',
    ],
  ] as [string, string][])('requests usage in %j', ([text, expected]) => {
    expect(rewritten(text, 'a', true)).toBe(expected)
  })

  test('model and usage at once, in whatever order they stand', () => {
    expect(rewritten('{"stream_options":{},"n":1,"model":"auto"}', 'echo', true)).toBe(
      '{"stream_options":{"include_usage":true},"n":1,"model":"echo"}',
    )
  })

  test.for([
    ['{"model":"a","max_tokens": 101 }', '{"model":"a","max_tokens": 100 }'],
    ['{"max_completion_tokens":1e9,"model":"a"}', '{"max_completion_tokens":100,"model":"a"}'],
    ['{"model":"a","max_output_tokens":1e999}', '{"model":"a","max_output_tokens":100}'],
    ['{"model":"a","max_tokens":7,"n_predict":101}', '{"model":"a","max_tokens":7,"n_predict":100}'],
    ['{"model":"a","max_tokens":"101"}', '{"model":"a","max_tokens":100}'],
    ['{"max_tokens":7,"model":"a","max_tokens":101}', '{"max_tokens":7,"model":"a","max_tokens":100}'],
    // None is a limit to some servers.
    ...['-1', '0', '-0', '0.5', '-1e999', '"-1"', '" 0 "', '"1_000"', '"Infinity"'].flatMap((units) =>
      OUTPUT_BOUNDS.map(
        (name) => [`{"model":"a","${name}":${units}}`, `{"model":"a","${name}":100}`] as [string, string],
      ),
    ),
    [
      '{"max_tokens":-1,"model":"a","max_completion_tokens":7}',
      '{"max_tokens":100,"model":"a","max_completion_tokens":7}',
    ],
    [`{"model":"a","max_tokens":1${'0'.repeat(65_536)}}`, '{"model":"a","max_tokens":100}'],
  ] as const)('more output than is allowed becomes what is allowed: %#', ([text, expected]) => {
    expect(rewriteRequestBody(read(text), 'a', false, 100).toString()).toBe(expected)
  })

  test.for(['100', '1.0', 'null', '"some"', '""', '" "', '[101]', '{}', '"1_0"'])(
    'of max_tokens %s nothing changes',
    (units) => {
      const body = read(`{"model":"a","max_tokens":${units}}`)
      expect(rewriteRequestBody(body, 'a', false, 100)).toBe(body.bytes)
      const large = read('{"model":"a","max_tokens":101}')
      expect(rewriteRequestBody(large, 'a', false)).toBe(large.bytes)
    },
  )

  test('an empty body gets its first member without a comma before it', () => {
    const body = readRequestBody(Buffer.from('{ }'), true)
    if (body instanceof Promise || 'httpStatus' in body) throw new Error('not read at once')
    expect(rewriteRequestBody(body, null, true).toString()).toBe('{ "stream_options":{"include_usage":true}}')
  })
})

function read(text: string): RequestBody {
  const body = readRequestBody(Buffer.from(text), false)
  if (body instanceof Promise) throw new Error('a large body is not read at once')
  if ('httpStatus' in body) throw new Error(`${body.code}: ${body.message}`)
  return body
}

function fault(text: string) {
  return readRequestBody(Buffer.from(text), false)
}

function rewritten(text: string, model: string, askUsage: boolean): string {
  return rewriteRequestBody(read(text), model, askUsage).toString('utf8')
}

describe('a body that may be read without a scan', () => {
  const key = fc.constantFrom(
    'model',
    'stream',
    'stream_options',
    'max_tokens',
    'max_output_tokens',
    'messages',
    '__proto__',
    'toString',
  )
  // As it is, or with one of its letters as an escape.
  const spelt = fc.tuple(key, fc.nat({ max: 30 })).map(([name, at]) => {
    const code = name.charCodeAt(at)
    if (Number.isNaN(code)) return JSON.stringify(name)
    return `"${name.slice(0, at)}\\u${code.toString(16).padStart(4, '0')}${name.slice(at + 1)}"`
  })
  const nested = fc.constantFrom(
    '{"model":"inner"}',
    '[{"stream":true}]',
    '"model"',
    '"\\"model\\""',
    '"\u00e9"',
  )
  const value = fc.oneof(
    fc.constantFrom('"a"', '"b"', '""', 'true', 'false', 'null', '7', '{"include_usage":true}', '{}'),
    nested,
  )
  const member = fc.tuple(fc.oneof({ weight: 3, arbitrary: key.map((name) => `"${name}"`) }, spelt), value)
  const space = fc.constantFrom('', ' ', '\n\t')

  test('is read and rewritten as one that is scanned', () => {
    fc.assert(
      fc.property(
        fc.array(member, { maxLength: 6 }),
        space,
        fc.boolean(),
        fc.option(fc.nat({ max: 9 }), { nil: null }),
        (members, blank, askUsage, most) => {
          const inner = members.map(([name, of]) => `${name}${blank}:${of}`).join(`,${blank}`)
          const text = `{${blank}${inner}${blank}}`
          // Such an escape anywhere makes the scan necessary.
          const escaped = '"\\u0000":0'
          const scannedText = `{${blank}${inner}${inner === '' ? '' : ','}${escaped}${blank}}`
          for (const modelOptional of [true, false]) {
            const lean = readRequestBody(Buffer.from(text), modelOptional)
            const scanned = readRequestBody(Buffer.from(scannedText), modelOptional)
            if (lean instanceof Promise || scanned instanceof Promise) throw new Error('not read at once')
            if ('httpStatus' in lean || 'httpStatus' in scanned) {
              expect(lean).toEqual(scanned)
              continue
            }
            const facts = ({ model, stream, includesUsage }: RequestBody) => [model, stream, includesUsage]
            expect(facts(lean)).toEqual(facts(scanned))
            for (const model of [lean.model, 'other']) {
              const expected = rewriteRequestBody(scanned, model, askUsage, most).toString()
              const without = expected.replace(/,?"\\u0000":0/, '').replace(/^\{(\s*),/, '{$1')
              expect(rewriteRequestBody(lean, model, askUsage, most).toString()).toBe(without)
            }
          }
        },
      ),
      { numRuns: 2_000 },
    )
  })
})
