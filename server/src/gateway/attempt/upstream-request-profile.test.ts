import { expect, test } from 'vitest'
import type { Upstream, UpstreamSettings } from '../../domain/upstreams/upstream.ts'
import { redacted } from '../metering/upstream-error.ts'
import { upstreamRequestProfile } from './upstream-request-profile.ts'

const SETTINGS: UpstreamSettings = {
  upstreamId: 1,
  kind: 'GENERIC' as const,
  credentialId: 2,
  authStyle: 'BEARER',
  headers: {},
  secretHeaders: [],
  connectTimeoutMs: null,
  firstByteTimeoutMs: null,
  idleTimeoutMs: null,
  proxyUrl: null,
}

function upstream(settings?: Partial<UpstreamSettings>, credential: string | null = 'sk-1'): Upstream {
  const base = { name: 'u', baseUrl: 'https://a.test/v1', credential, models: [] }
  return settings === undefined ? base : { ...base, settings: { ...SETTINGS, ...settings } }
}

test('an upstream of the environment is sent its bearer token, without egress settings', () => {
  const profile = upstreamRequestProfile(upstream())
  expect(profile).toEqual({ headers: { authorization: 'Bearer sk-1' }, secrets: ['sk-1'], egress: null })
})

test('what is worked out for an upstream is worked out once', () => {
  const one = upstream()
  expect(upstreamRequestProfile(one)).toBe(upstreamRequestProfile(one))
  expect(upstreamRequestProfile(upstream())).not.toBe(upstreamRequestProfile(one))
})

test('one that an admin has set up is sent all its headers, the credential as its style says', () => {
  const headers = { 'x-open': 'o', 'x-sealed': 's' }
  expect(upstreamRequestProfile(upstream({ headers, authStyle: 'API_KEY' })).headers).toEqual({
    ...headers,
    'api-key': 'sk-1',
  })
  expect(upstreamRequestProfile(upstream({ headers }, null)).headers).toEqual(headers)
})

test('its secrets are the credential and sealed headers, the longest first, as a response may spell them', () => {
  const { secrets } = upstreamRequestProfile(
    upstream({
      headers: { open: 'shown', quoted: 'a"b', scheme: 'Basic dXNlcg==', longer: 'sk-1-and-more' },
      secretHeaders: ['quoted', 'scheme', 'longer'],
    }),
  )
  expect(secrets).toEqual(['Basic dXNlcg==', 'sk-1-and-more', 'dXNlcg==', 'sk-1', 'a\\"b', 'a"b'])
  const upstreamError = 'shown {"m":"a\\"b"} sk-1-and-more sk-1 dXNlcg=='
  expect(redacted(upstreamError, secrets)).toBe(
    'shown {"m":"[credential]"} [credential] [credential] [credential]',
  )
})

test('egress that differs in anything but its secrets has a key of its own', () => {
  const key = (settings: Partial<UpstreamSettings>) => upstreamRequestProfile(upstream(settings)).egress?.key
  const keys = [
    key({}),
    key({ connectTimeoutMs: 100 }),
    key({ firstByteTimeoutMs: 100 }),
    key({ idleTimeoutMs: 100 }),
    key({ proxyUrl: 'http://p.test:1/' }),
    upstreamRequestProfile({ ...upstream({}), baseUrl: 'https://b.test/v1' }).egress?.key,
  ]
  expect(new Set(keys).size).toBe(keys.length)
  expect(key({ credentialId: 3, headers: { a: 'b' } })).toBe(key({}))
})
