import { describe, expect, test } from 'vitest'
import {
  type RouteInput,
  readIsDefault,
  readMaxOutputTokens,
  readModelName,
  readRoutes,
} from './model-input.ts'
import { filledIn, matchedPart } from './name-pattern.ts'

test.for(['gpt-5', 'org/model:7b@q4', 'gpt-*', '*', '模型'])('%s is a name', (name) => {
  expect(readModelName(` ${name} `)).toEqual({ ok: true, value: name })
})

test.for([
  ['', 'REQUIRED', 'must not be empty'],
  ['x'.repeat(257), 'TOO_LONG', '256'],
  ['a b', 'INVALID', 'spaces'],
  ['a\u0000', 'INVALID', 'control'],
  ['half \ud83d', 'INVALID', 'control'],
  ['*-*', 'INVALID', 'one "*"'],
  ['auto', 'INVALID', 'isDefault'],
  ['local-gemini-auto', 'INVALID', 'isDefault'],
])('%j is none', ([name = '', code, message]) => {
  expect(readModelName(name)).toMatchObject({
    ok: false,
    errors: [{ code, field: 'name', message: expect.stringContaining(message ?? '') }],
  })
})

describe('routes', () => {
  const route: RouteInput = { upstream: 1, upstreamModel: null, priority: 0, weight: 1 }

  test('go to the model’s own name unless set', () => {
    expect(readRoutes([route, { ...route, upstreamModel: 'other' }], 'm')).toEqual({
      ok: true,
      value: [
        { ...route, upstreamModel: 'm' },
        { ...route, upstreamModel: 'other' },
      ],
    })
    expect(readRoutes([{ ...route, upstreamModel: 'openai/*' }], 'gpt-*').ok).toBe(true)
  })

  test.for<[Partial<RouteInput>, string]>([
    [{ upstreamModel: 'a b' }, 'spaces'],
    [{ upstreamModel: 'x-*' }, 'has none that it could stand for'],
    [{ upstreamModel: 'x'.repeat(257) }, '256'],
    [{ priority: -1 }, '0 to 1000'],
    [{ priority: 0.5 }, '0 to 1000'],
    [{ weight: 0 }, '1 to 1000'],
    [{}, 'twice'],
  ])('%j beside the first is refused', ([part, message]) => {
    expect(readRoutes([route, { ...route, ...part }], 'm')).toMatchObject({
      ok: false,
      errors: [{ code: 'INVALID', field: 'routes', message: expect.stringContaining(message) }],
    })
  })

  test('are at least one and at most 50', () => {
    expect(readRoutes([], 'm')).toMatchObject({ errors: [{ code: 'REQUIRED' }] })
    const many = Array.from({ length: 51 }, (_, upstream) => ({ ...route, upstream }))
    expect(readRoutes(many, 'm')).toMatchObject({ errors: [{ code: 'TOO_LONG' }] })
  })
})

test('a cap is a positive number of tokens', () => {
  expect(readMaxOutputTokens(null)).toEqual({ ok: true, value: null })
  expect(readMaxOutputTokens(4_096)).toEqual({ ok: true, value: 4_096 })
  for (const bad of [0, -1, 1.5, 100_000_001]) expect(readMaxOutputTokens(bad).ok, String(bad)).toBe(false)
})

test('a pattern is never the default', () => {
  expect(readIsDefault(true, 'm').ok).toBe(true)
  expect(readIsDefault(false, 'm-*').ok).toBe(true)
  expect(readIsDefault(true, 'm-*')).toMatchObject({ errors: [{ field: 'isDefault' }] })
})

test.for([
  ['gpt-*', 'gpt-5', '5'],
  ['gpt-*', 'gpt-', ''],
  ['*', 'anything', 'anything'],
  ['*-mini', 'gpt-5-mini', 'gpt-5'],
  ['a*a', 'a', null],
  ['a*a', 'aa', ''],
  ['gpt-*', 'xgpt-5', null],
  ['*-mini', 'gpt-5-mini-2', null],
  ['a.*', 'axb', null],
] as const)('%s in %s: %j', ([pattern, name, part]) => {
  expect(matchedPart(pattern, name)).toBe(part)
  if (part !== null) expect(filledIn(pattern, part)).toBe(name)
})
