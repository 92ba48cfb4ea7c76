import { describe, expect, test } from 'vitest'
import type { Upstream } from '../domain/upstream.ts'
import { createRoutes } from './routes.ts'

const OPENAI = upstream('openai', ['gpt-*', 'o1*'])
const GEMINI = upstream('gemini', ['gemini-*', 'models/gemini-*'])
const OWN = upstream('default', ['*'])

test.for([
  ['gpt-5', 'openai', 'gpt-5'],
  ['gemini-pro', 'gemini', 'gemini-pro'],
  ['models/gemini-pro', 'gemini', 'models/gemini-pro'],
  ['llama3', 'default', 'llama3'],
  ['auto', 'gemini', 'gemini-flash'],
  ['local-gemini-auto', 'gemini', 'gemini-flash'],
  ['Auto', 'default', 'Auto'],
  ['xgpt-5', 'default', 'xgpt-5'],
  ['gpt-\n5', 'openai', 'gpt-\n5'],
] as const)('%j goes to %s as %j', ([asked, name, model]) => {
  const route = createRoutes([OPENAI, GEMINI, OWN], 'gemini-flash').routeOf(asked)
  expect(route).toEqual({ upstream: expect.objectContaining({ name }), model })
})

test('a model that two upstreams take goes to the first', () => {
  const second = upstream('second', ['gpt-*'])
  expect(createRoutes([OPENAI, second], null).routeOf('gpt-5')?.upstream).toBe(OPENAI)
  expect(createRoutes([second, OPENAI], null).routeOf('gpt-5')?.upstream).toBe(second)
})

test('a model that none of several upstreams takes goes nowhere', () => {
  expect(createRoutes([OPENAI, GEMINI], null).routeOf('llama3')).toBeNull()
})

test('an upstream that is alone is asked for any name', () => {
  expect(createRoutes([OPENAI], null).routeOf('brand-new')).toEqual({ upstream: OPENAI, model: 'brand-new' })
})

test('the echo answers to its own name and the stand-ins, and to no other', () => {
  const routes = createRoutes([], 'echo')
  for (const asked of ['echo', 'auto', 'local-gemini-auto'])
    expect(routes.routeOf(asked)).toMatchObject({ upstream: { name: 'echo' }, model: 'echo' })
  expect(routes.routeOf('gpt-5')).toBeNull()
})

test('without a default the stand-ins are passed on as they are', () => {
  expect(createRoutes([OWN], null).routeOf('auto')).toEqual({ upstream: OWN, model: 'auto' })
})

test('a call without a model goes to the upstream that takes any, else to the first', () => {
  expect(createRoutes([OPENAI, OWN], null).routeOf(null)).toEqual({ upstream: OWN, model: null })
  expect(createRoutes([OPENAI, GEMINI], null).routeOf(null)).toEqual({ upstream: OPENAI, model: null })
})

describe('a pattern', () => {
  test.for([
    ['a.b', 'axb', false],
    ['a+(b)', 'a+(b)', true],
    ['*-mini', 'gpt-5-mini', true],
    ['*-mini', 'gpt-5-mini-2', false],
    ['ft:*:acme', 'ft:gpt:acme', true],
    ['[ab]', 'a', false],
  ] as const)('%s on %s: %s', ([pattern, model, fits]) => {
    const only = upstream('only', [pattern])
    expect(createRoutes([only, GEMINI], null).routeOf(model) !== null).toBe(fits)
  })
})

function upstream(name: string, models: string[]): Upstream {
  return { name, baseUrl: `http://${name}.test/v1`, credential: null, models }
}
