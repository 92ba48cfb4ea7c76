import { describe, expect, test } from 'vitest'
import { scanObject, scanObjectInSlices } from './json-scan.ts'

const WANTED = new Set(['model', 'stream'])

describe('what it finds', () => {
  test.for([
    ['{"model":"a"}', ['"a"']],
    [' \r\n\t{ "x" : 1 , "model" : "a" } \n', ['"a"']],
    ['{"model":"first","model":"second"}', ['"first"', '"second"']],
    ['{"mod\\u0065l":"escaped"}', ['"escaped"']],
    ['{"\\u006dodel":"x","model":"y"}', ['"x"', '"y"']],
    ['{"model\\u0000":"nul"}', undefined],
    ['{"model ":"space"}', undefined],
    ['{"Model":"case"}', undefined],
    ['{"a":{"model":"nested"},"b":["model",{"model":1}]}', undefined],
    ['{"a":"\\"model\\":\\"no\\"","model":"yes"}', ['"yes"']],
    ['{"a":"\\\\","model":"after a backslash"}', ['"after a backslash"']],
    ['{"a":"}{][","model":null}', ['null']],
    ['{"model":-1.5e+30,"n":123456789012345678901234567890}', ['-1.5e+30']],
    ['{"model":{"a":[1,{"b":"}"}]}}', ['{"a":[1,{"b":"}"}]}']],
    ['{"model":"日本🔑"}', ['"日本🔑"']],
    ['{}', undefined],
    [' { } ', undefined],
  ] as [string, string[] | undefined][])('in %j', ([text, values]) => {
    expect(valuesOf(text)).toEqual(values)
  })

  test('an empty object is distinguished, since nothing can be before a comma in it', () => {
    expect(scanObject(Buffer.from('{ }'), WANTED)?.empty).toBe(true)
    expect(scanObject(Buffer.from('{"a":1}'), WANTED)).toMatchObject({ empty: false, end: 6 })
  })

  test('a view into a larger buffer is read from its own beginning', () => {
    const large = Buffer.from('xxxx{"model":"a"}yyyy')
    const view = new Uint8Array(large.buffer, large.byteOffset + 4, 13)
    expect(scanObject(view, WANTED)?.members.get('model')).toEqual([{ start: 9, end: 12 }])
  })
})

describe('what it refuses', () => {
  test.for([
    '',
    ' ',
    'null',
    '[]',
    '"model"',
    '{',
    '{"',
    '{"a',
    '{"a"',
    '{"a":',
    '{"a":}',
    '{"a":1',
    '{"a":1,',
    '{"a":1,}',
    '{,"a":1}',
    '{"a" 1}',
    '{a:1}',
    "{'a':1}",
    '{"a":"unterminated}',
    '{"a":"\\"}',
    '{"a":[1}',
    '{"a":{"b":1}',
    '{"a":1}{"model":"b"}',
    '{"a":1} x',
    '{"a":1}\u0000',
    '\ufeff{"a":1}',
    '{"bad \\x escape":1}',
    '{"a":1 "b":2}',
  ])('%j', (text) => {
    expect(scanObject(Buffer.from(text), WANTED)).toBeNull()
  })
})

test('a hundred thousand levels of nesting cost no stack', () => {
  const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)},"model":"end"}`
  expect(valuesOf(deep)).toEqual(['"end"'])
  expect(scanObject(Buffer.from(`{"a":${'{"a":'.repeat(100_000)}`), WANTED)).toBeNull()
})

// Each place costs an edit as long as the model's name: three million of them fit in a body within the limit.
test('a key that stands there a hundred times over is no request that anyone means', () => {
  expect(scanObject(Buffer.from(`{${'"model":1,'.repeat(100)}"x":1}`), WANTED)).toBeNull()
  expect(scanObject(Buffer.from(`{${'"other":1,'.repeat(100)}"x":1}`), WANTED)).not.toBeNull()
})

describe('compared with JSON.parse over 4,000 generated texts', () => {
  const random = seeded(20261122)

  test('finds the value that a parser keeps, and refuses nothing that a parser takes', () => {
    for (let round = 0; round < 2_000; round++) {
      const text = objectText(random, 3)
      const parsed = JSON.parse(text) as Record<string, unknown>
      const scan = scanObject(Buffer.from(text), WANTED)
      if (scan === null) throw new Error(`refused ${text}`)
      for (const key of WANTED) {
        const last = valuesOf(text, key)?.at(-1)
        expect(last === undefined ? undefined : JSON.parse(last), text).toEqual(parsed[key])
      }
    }
  })

  test('takes nothing broken for whole where the break is in its outline', () => {
    for (let round = 0; round < 2_000; round++) {
      const text = objectText(random, 2)
      const at = Math.floor(random() * text.length)
      const broken = random() < 0.5 ? text.slice(0, at) : text.slice(0, at) + text.slice(at + 1)
      const scan = scanObject(Buffer.from(broken), WANTED)
      if (scan === null) expect(() => objectFrom(broken), broken).toThrow()
    }
  })
})

function valuesOf(text: string, key = 'model'): string[] | undefined {
  const bytes = Buffer.from(text)
  return scanObject(bytes, WANTED)
    ?.members.get(key)
    ?.map(({ start, end }) => bytes.toString('utf8', start, end))
}

function objectFrom(text: string): object {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError('not an object')
  return value
}

/** Mulberry32: the same numbers in every run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

type Random = () => number

const KEYS = [
  '"model"',
  '"stream"',
  '"mod\\u0065l"',
  '"\\u0073tream"',
  '"x"',
  '""',
  '"a\\"b"',
  '"日\\\\"',
  '"modél"',
]
const SCALARS = [
  'null',
  'true',
  'false',
  '0',
  '-0',
  '1.25',
  '-3e-7',
  '12345678901234567890',
  '""',
  '"\\""',
  '"\\\\"',
  '"a,b}]"',
  '"🔑\\ud83d\\udd11"',
  '"\\u0000"',
]
const SPACES = ['', '', '', ' ', '\n', '\t\r\n ']

function objectText(random: Random, depth: number): string {
  const members = Array.from({ length: Math.floor(random() * 6) }, () => {
    return `${space(random)}${pick(random, KEYS)}${space(random)}:${valueText(random, depth)}`
  })
  return `${space(random)}{${members.join(',')}${space(random)}}${space(random)}`
}

function valueText(random: Random, depth: number): string {
  const kind = depth === 0 ? 0 : random()
  if (kind < 0.6) return space(random) + pick(random, SCALARS) + space(random)
  if (kind < 0.8) return objectText(random, depth - 1)
  return `[${Array.from({ length: Math.floor(random() * 4) }, () => valueText(random, depth - 1)).join(',')}]`
}

function space(random: Random): string {
  return pick(random, SPACES)
}

function pick(random: Random, from: string[]): string {
  return from[Math.floor(random() * from.length)] ?? ''
}

test('in slices it finds the same as at once', async () => {
  const text = JSON.stringify({
    model: 'a',
    messages: Array.from({ length: 20_000 }, (_, n) => ({
      n,
      text: `He said "${n}" \\ and left`,
      deep: [[[{}]]],
    })),
    long: '\\"'.repeat(300_000),
    stream: true,
  })
  for (const bytes of [text, `${text.slice(0, -1)},"model":"b"}`, text.slice(0, -1), `${text}x`].map((t) =>
    Buffer.from(t),
  )) {
    expect(await scanObjectInSlices(bytes, WANTED)).toEqual(scanObject(bytes, WANTED))
  }
})
