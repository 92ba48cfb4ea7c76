import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { seal } from '../../domain/upstreams/sealed-secret.ts'
import type { RouteRows } from '../../store/queries/routes.ts'
import { openModels } from './route-snapshot.ts'

const KEY = randomBytes(32)
const ORIGIN = 'https://a.test'
const ALLOW = { privateUpstreams: 'allow' } as const
const sealed = (secret: string, origin = ORIGIN) => seal(KEY, origin, secret, 0)

function rows(part: Partial<RouteRows> = {}): RouteRows {
  return {
    upstreams: [
      {
        id: 1,
        name: 'one',
        kind: 'OPENAI',
        baseUrl: `${ORIGIN}/v1`,
        authStyle: 'API_KEY',
        proxyUrl: 'http://proxy.test:3128/',
        connectTimeoutMs: 1_000,
        firstByteTimeoutMs: null,
        idleTimeoutMs: 2_000,
        requestStreamUsage: true,
      },
    ],
    credentials: [
      { id: 5, upstreamId: 1, encryptedSecret: sealed('sk-5'), weight: 2, enabled: true },
      { id: 6, upstreamId: 1, encryptedSecret: sealed('sk-6'), weight: 1, enabled: true },
    ],
    headers: [
      { upstreamId: 1, name: 'x-open', value: 'o', encryptedValue: null },
      { upstreamId: 1, name: 'x-sealed', value: null, encryptedValue: sealed('s') },
    ],
    models: [
      {
        id: 9,
        name: 'm',
        enabled: true,
        isDefault: false,
        maxOutputTokens: 7,
        sessionAffinity: false,
        priceJson: '{"base":{"inputToken":5},"tiers":[]}',
      },
    ],
    routes: [{ modelId: 9, upstreamId: 1, upstreamModel: 'there', priority: 0, weight: 1 }],
    ...part,
  }
}

test('a model’s routes lead to upstreams with their secrets opened', () => {
  const { models, problems } = openModels(rows(), KEY, ALLOW)
  expect(problems).toEqual([])
  const settings = {
    upstreamId: 1,
    kind: 'OPENAI',
    authStyle: 'API_KEY',
    headers: { 'x-open': 'o', 'x-sealed': 's' },
    secretHeaders: ['x-sealed'],
    connectTimeoutMs: 1_000,
    firstByteTimeoutMs: null,
    idleTimeoutMs: 2_000,
    requestStreamUsage: true,
    proxyUrl: 'http://proxy.test:3128/',
  }
  const upstream = (credential: string, credentialId: number) => ({
    name: 'one',
    baseUrl: 'https://a.test/v1',
    credential,
    models: [],
    settings: { ...settings, credentialId },
  })
  expect(models).toEqual([
    {
      name: 'm',
      enabled: true,
      isDefault: false,
      maxOutputTokens: 7,
      sessionAffinity: false,
      price: { prices: { base: { inputToken: 5 }, tiers: [] }, source: { kind: 'OVERRIDE' } },
      routes: [
        {
          upstreamModel: 'there',
          priority: 0,
          weight: 1,
          upstreams: [
            { upstream: upstream('sk-5', 5), weight: 2 },
            { upstream: upstream('sk-6', 6), weight: 1 },
          ],
        },
      ],
    },
  ])
})

test('an upstream without credentials gets requests without one', () => {
  const [model] = openModels(rows({ credentials: [] }), KEY, ALLOW).models
  expect(model?.routes[0]?.upstreams).toMatchObject([{ upstream: { credential: null }, weight: 1 }])
})

test('a credential that does not open is omitted and reported', () => {
  const credentials = [
    { id: 5, upstreamId: 1, encryptedSecret: sealed('sk-5', 'https://other.test'), weight: 2, enabled: true },
    { id: 6, upstreamId: 1, encryptedSecret: sealed('sk-6'), weight: 1, enabled: true },
  ]
  const { models, problems } = openModels(rows({ credentials }), KEY, ALLOW)
  expect(models[0]?.routes[0]?.upstreams).toMatchObject([{ upstream: { credential: 'sk-6' } }])
  expect(problems).toEqual(['upstream one: its credential 5 cannot be decrypted'])
})

test('a credential that is disabled is omitted, and an upstream that has no other takes no calls', () => {
  const [first, second] = rows().credentials
  if (first === undefined || second === undefined) throw new Error('two credentials are there')
  const one = openModels(rows({ credentials: [{ ...first, enabled: false }, second] }), KEY, ALLOW)
  expect(one.models[0]?.routes[0]?.upstreams).toMatchObject([{ upstream: { credential: 'sk-6' } }])
  expect(one.problems).toEqual([])
  const none = openModels(rows({ credentials: [{ ...first, enabled: false }] }), KEY, ALLOW)
  expect(none.models[0]?.routes).toEqual([])
  expect(none.problems).toEqual(['upstream one: all of its credentials are disabled'])
})

test('an upstream none of whose credentials can be decrypted takes no calls', () => {
  const { models, problems } = openModels(rows(), randomBytes(32), ALLOW)
  expect(models[0]?.routes).toEqual([])
  expect(problems).not.toEqual([])
})

test('an upstream one of whose headers cannot be decrypted takes no calls', () => {
  const headers = [{ upstreamId: 1, name: 'x-sealed', value: null, encryptedValue: 'gAAAA' }]
  const { models, problems } = openModels(rows({ headers }), KEY, ALLOW)
  expect(models[0]?.routes).toEqual([])
  expect(problems).toEqual(['upstream one: its header x-sealed cannot be decrypted'])
})

test.for(['http://169.254.169.254/v1', 'http://10.0.0.1/v1'])(
  'an upstream at %s takes no calls',
  (baseUrl) => {
    const [one] = rows().upstreams
    const upstreams = one === undefined ? [] : [{ ...one, baseUrl }]
    const { models, problems } = openModels(rows({ upstreams, credentials: [], headers: [] }), KEY, {
      privateUpstreams: 'refuse',
    })
    expect(models[0]?.routes).toEqual([])
    expect(problems).toEqual([expect.stringContaining('upstream one: ')])
  },
)

test('an upstream whose proxy is at an address that is refused takes no calls', () => {
  const [one] = rows().upstreams
  const upstreams = one === undefined ? [] : [{ ...one, proxyUrl: 'http://169.254.169.254:3128/' }]
  const { models, problems } = openModels(rows({ upstreams }), KEY, ALLOW)
  expect(models[0]?.routes).toEqual([])
  expect(problems).toEqual([expect.stringContaining('upstream one: ')])
})
