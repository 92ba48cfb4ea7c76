import { describe, expect, test } from 'vitest'
import { headersToClient, headersToUpstream } from './headers.ts'

describe('to the upstream', () => {
  test('content and the SDK’s own headers go on; the upstream’s credential is put in', () => {
    const headers = {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      'user-agent': 'OpenAI/JS 7',
      'x-stainless-retry-count': '0',
      'openai-beta': 'assistants=v2',
      'idempotency-key': 'k',
    }
    expect(headersToUpstream(headers, { authorization: 'Bearer sk-up' }, false)).toEqual({
      ...headers,
      authorization: 'Bearer sk-up',
    })
  })

  test.for([
    'authorization',
    'x-api-key',
    'api-key',
    'x-goog-api-key',
    'proxy-authorization',
    'cookie',
    'openai-organization',
    'openai-project',
  ])('the client’s %s stays here', (name) => {
    expect(headersToUpstream({ [name]: 'secret' }, {}, false)).toEqual({})
  })

  test.for(['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-anything', 'forwarded', 'x-real-ip', 'via'])(
    'the client’s address, which %s holds, stays here',
    (name) => {
      expect(headersToUpstream({ [name]: '10.0.0.1' }, {}, false)).toEqual({})
    },
  )

  test.for([
    'akamai-origin-hop',
    'cdn-loop',
    'cf-access-jwt-assertion',
    'cf-connecting-ip',
    'cf-ray',
    'client-ip',
    'cloudfront-viewer-address',
    'do-connecting-ip',
    'fastly-client-ip',
    'fly-client-ip',
    'remote-email',
    'remote-user',
    'ssl-client-cert',
    'tailscale-user-login',
    'true-client-ip',
    'x-amzn-mtls-clientcert',
    'x-amzn-oidc-accesstoken',
    'x-amzn-oidc-data',
    'x-amzn-trace-id',
    'x-appengine-user-ip',
    'x-auth-request-access-token',
    'x-auth-request-email',
    'x-authentik-jwt',
    'x-azure-clientip',
    'x-client-cert',
    'x-client-ip',
    'x-cluster-client-ip',
    'x-envoy-external-address',
    'x-forwarded-client-cert',
    'x-goog-authenticated-user-email',
    'x-goog-iap-jwt-assertion',
    'x-ms-client-principal',
    'x-ms-token-aad-id-token',
    'x-original-forwarded-for',
    'x-original-url',
    'x-pomerium-jwt-assertion',
    'x-remote-user',
    'x-vercel-forwarded-for',
    'x-webauth-user',
  ])('%s, of a proxy in front, stays here', (name) => {
    expect(headersToUpstream({ [name]: 'x' }, {}, false)).toEqual({})
    // An admin may set any of them for the upstream.
    expect(headersToUpstream({ [name]: 'x' }, { [name]: 'own' }, false)).toEqual({ [name]: 'own' })
  })

  test.for([
    'x-client-request-id',
    'x-amzn-bedrock-trace',
    'x-goog-api-client',
    'x-ms-client-request-id',
    'traceparent',
  ])('%s, of the client itself, goes on', (name) => {
    expect(headersToUpstream({ [name]: 'x' }, {}, false)).toEqual({ [name]: 'x' })
  })

  test.for(['x-http-method-override', 'x-http-method', 'x-method-override'])(
    '%s, which would make another request of it, stays here',
    (name) => {
      expect(headersToUpstream({ [name]: 'DELETE' }, {}, false)).toEqual({})
    },
  )

  test.for([
    'connection',
    'keep-alive',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
    'proxy-connection',
    'host',
    'content-length',
    'expect',
  ])('%s belongs to one connection', (name) => {
    expect(headersToUpstream({ [name]: 'x' }, {}, false)).toEqual({})
  })

  test('so do the headers that Connection names, in any letter case', () => {
    const headers = { connection: 'close, X-Hop ,accept', 'x-hop': '1', accept: 'a', 'x-kept': '2' }
    expect(headersToUpstream(headers, {}, false)).toEqual({ 'x-kept': '2' })
  })

  test('Connection cannot take away what the gateway puts in', () => {
    const headers = { connection: 'authorization, accept-encoding', 'accept-encoding': 'gzip' }
    expect(headersToUpstream(headers, { authorization: 'Bearer sk-up' }, true)).toEqual({
      authorization: 'Bearer sk-up',
      'accept-encoding': 'identity',
    })
  })

  test('a response that is read is requested without compression, another as the client requested it', () => {
    expect(headersToUpstream({ 'accept-encoding': 'br' }, {}, true)).toEqual({
      'accept-encoding': 'identity',
    })
    expect(headersToUpstream({ 'accept-encoding': 'br' }, {}, false)).toEqual({ 'accept-encoding': 'br' })
  })
})

describe('to the client', () => {
  test('content, limits and retry advice go on', () => {
    const headers = {
      'content-type': 'application/json',
      'content-length': '10',
      'retry-after': '7',
      'retry-after-ms': '7000',
      'x-should-retry': 'true',
      'x-ratelimit-remaining-requests': '59',
      'openai-processing-ms': '12',
      'openai-version': '2020-10-01',
      'x-ratelimit-reset-tokens_usage_based': '6m0s',
      'anthropic-ratelimit-tokens-remaining': '5',
      location: '/v1/realtime/calls/rtc_1',
      'content-disposition': 'attachment; filename="a.csv"',
      date: 'Sun, 22 Nov 2026 00:00:00 GMT',
    }
    expect(headersToClient(headers, true)).toEqual(headers)
  })

  test.for([
    ['set-cookie', ['session=upstream']],
    ['server', 'cloudflare'],
    ['openai-organization', 'org-of-the-gateway'],
    ['openai-project', 'proj_of_the_gateway'],
    ['www-authenticate', 'Bearer realm="upstream"'],
    ['alt-svc', 'h3=":443"'],
    ['strict-transport-security', 'max-age=1'],
    ['x-powered-by', 'Express'],
    ['x-request-id', 'req_theirs'],
    ['transfer-encoding', 'chunked'],
    ['connection', 'keep-alive'],
    ['keep-alive', 'timeout=5'],
    ['trailer', 'x-sum'],
    ['upgrade', 'h2c'],
    // Which pages may call is the gateway's to say.
    ['access-control-allow-origin', 'https://chat.example'],
    ['access-control-allow-credentials', 'true'],
    ['access-control-expose-headers', 'x-theirs'],
    // These would apply to this origin, the console included.
    ['clear-site-data', '"*"'],
    ['refresh', '0; url=https://elsewhere.example'],
    ['nel', '{"report_to":"theirs"}'],
    ['report-to', '{"group":"theirs"}'],
    ['reporting-endpoints', 'theirs="https://elsewhere.example"'],
    ['content-security-policy', 'default-src *'],
    ['content-security-policy-report-only', "default-src 'self'"],
    ['service-worker-allowed', '/'],
    ['sourcemap', '/theirs.map'],
    ['link', '<https://elsewhere.example>; rel=preload'],
    ['permissions-policy', 'camera=*'],
    ['cross-origin-opener-policy', 'unsafe-none'],
    ['origin-agent-cluster', '?1'],
    ['set-login', 'logged-in'],
    ['proxy-authenticate', 'Basic'],
    ['x-latchkey-error-source', 'gateway'],
    ['x-latchkey-error-code', 'api_key_revoked'],
    ['x-latchkey-content-capture', 'OFF'],
    ['x-debug-request', 'anything'],
  ] as [string, string | string[]][])('the upstream’s %s stays here', ([name, value]) => {
    expect(headersToClient({ [name]: value }, true)).toEqual({})
  })

  test('so do the headers that its Connection names', () => {
    expect(headersToClient({ connection: 'X-Internal', 'x-internal': 'pod-7', etag: '1' }, true)).toEqual({
      etag: '1',
    })
  })

  test('but headers that say what a response is are passed on though a Connection names them', () => {
    expect(headersToClient({ connection: 'content-type', 'content-type': 'text/plain' }, true)).toEqual({
      'content-type': 'text/plain',
    })
  })

  test('the length goes on only with a body that stays as it is', () => {
    expect(headersToClient({ 'content-length': '10' }, false)).toEqual({})
  })
})
