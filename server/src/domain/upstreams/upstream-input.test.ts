import { describe, expect, test } from 'vitest'
import type { Result } from '../user-error.ts'
import {
  type CredentialInput,
  type HeaderInput,
  readBaseUrl,
  readCredentials,
  readHeaders,
  readProxyUrl,
  readTimeout,
  readUpstreamName,
} from './upstream-input.ts'

const ALLOW = { privateUpstreams: 'allow' } as const
const problem = (result: Result<unknown>) => (result.ok ? null : result.errors[0])

test('a name is short, lower-case and plain', () => {
  expect(readUpstreamName(' openai-eu.1 ')).toEqual({ ok: true, value: 'openai-eu.1' })
  expect(problem(readUpstreamName('  '))?.code).toBe('REQUIRED')
  for (const bad of ['OpenAI', '-a', 'a b', 'ä', 'x'.repeat(65)]) {
    expect(problem(readUpstreamName(bad)), bad).toMatchObject({ code: 'INVALID', field: 'name' })
  }
})

describe('a base URL', () => {
  test.for([
    ['https://api.openai.com/v1', 'https://api.openai.com/v1'],
    [' HTTPS://API.openai.com:443/v1// ', 'https://api.openai.com/v1'],
    ['http://127.0.0.1:11434', 'http://127.0.0.1:11434'],
    ['http://0x7f.1:80/a/../v1', 'http://127.0.0.1/v1'],
    ['http://[::1]:8000/v1', 'http://[::1]:8000/v1'],
  ])('%j is kept as %j', ([sent = '', kept]) => {
    expect(readBaseUrl(sent, ALLOW)).toEqual({ ok: true, value: kept })
  })

  test.for([
    ['', 'REQUIRED', 'must not be empty'],
    ['api.openai.com/v1', 'INVALID', 'http:// or https://'],
    ['ftp://a.test/', 'INVALID', 'http:// or https://'],
    ['file:///etc/passwd', 'INVALID', 'http:// or https://'],
    ['gopher://a.test', 'INVALID', 'http:// or https://'],
    ['http://', 'INVALID', 'http:// or https://'],
    ['https://user:hunter2@a.test/v1', 'INVALID', 'as a credential'],
    ['https://:@a.test/v1', 'INVALID', 'as a credential'],
    ['https://a.test/v1?key=hunter2', 'INVALID', 'query'],
    ['https://a.test/v1?', 'INVALID', 'query'],
    ['https://a.test/v1#hunter2', 'INVALID', 'query'],
    [`https://a.test/${'x'.repeat(2_048)}`, 'TOO_LONG', '2048'],
    ['http://169.254.169.254/latest', 'INVALID', 'always refused'],
    ['http://a.test@2852039166/', 'INVALID', 'as a credential'],
    ['http:\\\\169.254.169.254\\v1', 'INVALID', 'always refused'],
    ['http://metadata.google.internal/v1', 'INVALID', 'always refused'],
  ])('%j is refused', ([sent = '', code, message]) => {
    const found = problem(readBaseUrl(sent, ALLOW))
    expect(found).toMatchObject({ code, field: 'baseUrl', message: expect.stringContaining(message ?? '') })
    expect(found?.message).not.toContain('hunter2')
  })

  test('in a private network is refused where the server says so', () => {
    const found = problem(readBaseUrl('http://10.0.0.1/v1', { privateUpstreams: 'refuse' }))
    expect(found?.message).toContain('LATCHKEY_PRIVATE_UPSTREAMS')
  })
})

test('a proxy is an address alone, or none', () => {
  expect(readProxyUrl(null, ALLOW)).toEqual({ ok: true, value: null })
  expect(readProxyUrl(' ', ALLOW)).toEqual({ ok: true, value: null })
  expect(readProxyUrl('http://proxy.test:3128', ALLOW)).toEqual({
    ok: true,
    value: 'http://proxy.test:3128/',
  })
  for (const bad of [
    'socks5://a.test',
    'http://a.test/path',
    'http://u:p@a.test',
    'http://169.254.169.254',
  ]) {
    expect(problem(readProxyUrl(bad, ALLOW)), bad).toMatchObject({ code: 'INVALID', field: 'proxyUrl' })
  }
})

test('a timeout has bounds, and may be the server’s default', () => {
  expect(readTimeout('connectTimeoutMs', null)).toEqual({ ok: true, value: null })
  expect(readTimeout('firstByteTimeoutMs', 86_400_000)).toEqual({ ok: true, value: 86_400_000 })
  for (const bad of [0, -1, 99, 1.5, 600_001, Number.NaN]) {
    expect(problem(readTimeout('connectTimeoutMs', bad)), String(bad)).toMatchObject({ code: 'OUT_OF_RANGE' })
  }
})

describe('credentials', () => {
  const good: CredentialInput = { number: null, name: ' main ', secret: 'sk-1', weight: 1, enabled: true }

  test('are taken with their names trimmed', () => {
    expect(readCredentials([good, { ...good, number: 3, name: ' ', secret: null }])).toEqual({
      ok: true,
      value: [
        { ...good, name: 'main' },
        { ...good, number: 3, name: null, secret: null },
      ],
    })
  })

  test.for<[Partial<CredentialInput>, string]>([
    [{ secret: null }, 'secret must not be empty'],
    [{ secret: '' }, 'printable ASCII'],
    [{ secret: 'hunter 2' }, 'printable ASCII'],
    [{ secret: 'hunter2\r\nx: y' }, 'printable ASCII'],
    [{ secret: 'x'.repeat(4_097) }, 'printable ASCII'],
    [{ name: 'x'.repeat(101) }, 'at most 100'],
    [{ name: 'a\u0000' }, 'plain text'],
    [{ weight: 0 }, '1 to 1000'],
    [{ weight: 1_001 }, '1 to 1000'],
    [{ weight: 0.5 }, '1 to 1000'],
  ])('%j is refused', ([part, message]) => {
    const found = problem(readCredentials([good, { ...good, ...part }]))
    expect(found).toMatchObject({
      code: 'INVALID',
      field: 'credentials',
      message: expect.stringContaining(message),
    })
    expect(found?.message).toContain('credentials[1]')
    expect(found?.message).not.toContain('hunter')
  })

  test('are counted, and none is there twice', () => {
    expect(problem(readCredentials(Array(51).fill(good)))?.code).toBe('TOO_LONG')
    const kept = { ...good, number: 7 }
    expect(problem(readCredentials([kept, kept]))?.message).toContain('twice')
  })
})

describe('headers', () => {
  const good: HeaderInput = { name: ' X-Team ', value: ' a b ', secret: false }

  test('are taken in lower case', () => {
    expect(readHeaders([good])).toEqual({
      ok: true,
      value: [{ name: 'x-team', value: 'a b', secret: false }],
    })
  })

  test.for<[Partial<HeaderInput>, string]>([
    [{ name: '' }, 'name of an HTTP header'],
    [{ name: 'a b' }, 'name of an HTTP header'],
    [{ name: 'x\r\ny' }, 'name of an HTTP header'],
    [{ name: 'Authorization' }, 'credentials'],
    [{ name: 'api-key' }, 'credentials'],
    [{ name: 'Host' }, 'cannot be set'],
    [{ name: 'transfer-encoding' }, 'cannot be set'],
    [{ value: 'hunter2\nx: y' }, 'printable ASCII'],
    [{ value: 'ä' }, 'printable ASCII'],
    [{ value: ' ' }, 'printable ASCII'],
  ])('%j is refused', ([part, message]) => {
    const found = problem(readHeaders([{ ...good, ...part }]))
    expect(found).toMatchObject({
      code: 'INVALID',
      field: 'headers',
      message: expect.stringContaining(message),
    })
    expect(found?.message).not.toContain('hunter')
  })

  test('are counted, and none is there twice in any letter case', () => {
    expect(
      problem(readHeaders(Array.from({ length: 33 }, (_, at) => ({ ...good, name: `x-${at}` }))))?.code,
    ).toBe('TOO_LONG')
    expect(problem(readHeaders([good, { ...good, name: 'x-team' }]))?.message).toContain('twice')
  })
})
