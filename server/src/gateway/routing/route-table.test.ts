import { describe, expect, test } from 'vitest'
import type { Upstream } from '../../domain/upstreams/upstream.ts'
import type { ManagedModel, ManagedRoute } from './route-snapshot.ts'
import { createRoutes as create, type Route } from './route-table.ts'

const OPENAI = upstream('openai', ['gpt-*', 'o1*'])
const GEMINI = upstream('gemini', ['gemini-*', 'models/gemini-*'])
const OWN = upstream('default', ['*'])

/** With the first of the routes, and all of them as one list. */
function createRoutes(...given: Parameters<typeof create>) {
  const routes = create(...given)
  const routesOf = (model: string | null): Route[] => {
    const candidates = routes.resolveRoutes(model)
    return candidates === null ? [] : [candidates.first, ...candidates.others]
  }
  return Object.assign(routes, { routesOf, routeOf: (model: string | null) => routesOf(model)[0] ?? null })
}

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
] as const)('%j goes to %s as %j', ([requested, name, model]) => {
  const route = createRoutes([OPENAI, GEMINI, OWN], 'gemini-flash').routeOf(requested)
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

test('an only upstream takes any name', () => {
  expect(createRoutes([OPENAI], null).routeOf('brand-new')).toEqual({ upstream: OPENAI, model: 'brand-new' })
})

test('the echo takes its own name and the stand-ins, and to no other', () => {
  const routes = createRoutes([], 'echo')
  for (const requested of ['echo', 'auto', 'local-gemini-auto'])
    expect(routes.routeOf(requested)).toMatchObject({ upstream: { name: 'echo' }, model: 'echo' })
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

describe('models that admins manage', () => {
  const A = upstream('a', [])
  const B = upstream('b', [])

  test.for([
    // requested model, upstream, model there
    ['gpt-5', 'a', 'exact'],
    ['gpt-5-mini', 'b', 'gpt-5-mini'],
    ['gpt-5-mini-2', 'a', 'openai/5-mini-2'],
    ['gpt-', 'a', 'openai/'],
    ['gemini-pro', 'gemini', 'gemini-pro'],
    ['llama', 'default', 'llama'],
  ] as const)('%s goes to %s as %s', ([requested, name, there]) => {
    const routes = over([OPENAI, GEMINI, OWN], null, [
      model('gpt-*', [to(A, 'openai/*')]),
      model('gpt-5', [to(A, 'exact')]),
      model('*-5-mini', [to(B, '*-5-mini')]),
    ])
    expect(routes.routeOf(requested)).toEqual({ upstream: expect.objectContaining({ name }), model: there })
    expect(routes.routesOf(requested)).toEqual([routes.routeOf(requested)])
  })

  test('a pattern for all names comes before the environment, and takes calls without a model', () => {
    const routes = over([OPENAI, OWN], null, [model('*', [to(A, '*')])])
    expect(routes.routeOf('gpt-5')).toEqual({ upstream: A, model: 'gpt-5' })
    expect(routes.routeOf(null)).toEqual({ upstream: A, model: null })
    expect(over([OPENAI, OWN], null, [model('m', [to(A, 'm')])]).routeOf(null)?.upstream).toBe(OWN)
  })

  test('a model that is disabled or cannot be reached takes no call, and no other route takes its place', () => {
    const routes = over([OWN], null, [
      model('*', [to(A, '*')]),
      { ...model('off', [to(A, 'off')]), enabled: false },
      model('stranded', []),
    ])
    for (const name of ['off', 'stranded']) {
      expect(routes.routeOf(name)).toBeNull()
      expect(routes.routesOf(name)).toEqual([])
    }
    expect(routes.routeOf('other')?.upstream).toBe(A)
    expect(routes.publicNames).toEqual([])
    expect(routes.namesOf(OWN, 'off')).toEqual([])
  })

  test('a disabled pattern is as if it were not there', () => {
    const routes = over([OWN], null, [{ ...model('*', [to(A, '*')]), enabled: false }])
    expect(routes.routeOf('x')?.upstream).toBe(OWN)
  })

  test('auto goes to the model that is chosen for it, else to the configured one', () => {
    const chosen = { ...model('m', [to(A, 'there')]), isDefault: true }
    const routes = over([OWN], 'configured', [chosen])
    expect(routes.defaultModel).toBe('m')
    for (const name of ['auto', 'local-gemini-auto']) {
      expect(routes.routeOf(name)).toEqual({ upstream: A, model: 'there' })
    }
    const off = over([OWN], 'configured', [{ ...chosen, enabled: false }])
    expect(off.defaultModel).toBe('configured')
    expect(off.routeOf('auto')).toEqual({ upstream: OWN, model: 'configured' })
  })

  test('lower priorities come first, equals by weight, credentials of an upstream by theirs', () => {
    const second = { ...A, credential: 'sk-2' }
    const withTwo: ManagedRoute = {
      ...to(A, 'a'),
      upstreams: [
        { upstream: A, weight: 1 },
        { upstream: second, weight: 9 },
      ],
    }
    const managed = [model('m', [{ ...to(B, 'late'), priority: 2 }, withTwo, { ...to(B, 'b'), weight: 3 }])]
    const candidates = (random: number) =>
      createRoutes([OWN], null, { models: managed, upstreams: [], problems: [] }, () => random)
        .routesOf('m')
        .map(({ upstream, model }) => `${model} ${upstream.credential ?? '-'}`)
    expect(candidates(0)).toEqual(['a -', 'a sk-2', 'b -', 'late -'])
    expect(candidates(0.2)).toEqual(['a sk-2', 'a -', 'b -', 'late -'])
    expect(candidates(0.5)).toEqual(['b -', 'a sk-2', 'a -', 'late -'])
  })

  test('a cap goes with the route', () => {
    const routes = over([OWN], null, [{ ...model('m', [to(A, 'm')]), maxOutputTokens: 100 }])
    expect(routes.routeOf('m')).toEqual({ upstream: A, model: 'm', maxOutputTokens: 100 })
  })

  test('what an upstream behind a pattern lists is public under the pattern’s names', () => {
    const routes = over([OWN], null, [
      model('eu/*', [to(A, 'gpt-*')]),
      { ...model('eu/old', [to(A, 'x')]), enabled: false },
      model('fixed-*', [to(B, 'one')]),
    ])
    expect(routes.upstreams).toEqual([A, OWN])
    expect(routes.namesOf(A, 'gpt-5')).toEqual(['eu/5'])
    expect(routes.namesOf(A, 'gpt-old')).toEqual([])
    expect(routes.namesOf(A, 'llama')).toEqual([])
  })

  const over = (configured: Upstream[], defaultModel: string | null, models: ManagedModel[]) =>
    createRoutes(configured, defaultModel, { models, upstreams: [], problems: [] })
  const model = (name: string, routes: ManagedRoute[]): ManagedModel => ({
    name,
    enabled: true,
    isDefault: false,
    maxOutputTokens: null,
    sessionAffinity: true,
    price: null,
    routes,
  })
  const to = (target: Upstream, upstreamModel: string): ManagedRoute => ({
    upstreams: [{ upstream: target, weight: 1 }],
    upstreamModel,
    priority: 0,
    weight: 1,
  })
})

function upstream(name: string, models: string[]): Upstream {
  return { name, baseUrl: `http://${name}.test/v1`, credential: null, models }
}
