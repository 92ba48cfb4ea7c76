import { describe, expect, test } from 'vitest'
import { environmentProxy } from './environment-proxies.ts'

const PROXY = 'http://proxy.test:3128/'
const HTTPS = 'https://api.openai.com/v1'
const HTTP = 'http://llm.corp.test:8080/v1'

function proxyOf(env: Record<string, string>, baseUrl = HTTPS): string | null {
  return environmentProxy(env, baseUrl).proxyUrl
}

test.for([
  [{}, HTTPS, null],
  [{ HTTPS_PROXY: PROXY }, HTTPS, PROXY],
  [{ HTTPS_PROXY: PROXY }, HTTP, null],
  [{ HTTP_PROXY: PROXY }, HTTPS, null],
  [{ HTTP_PROXY: PROXY }, HTTP, PROXY],
  [{ https_proxy: PROXY, HTTPS_PROXY: 'http://other.test:1/' }, HTTPS, PROXY],
  [{ https_proxy: '', HTTPS_PROXY: PROXY }, HTTPS, PROXY],
  [{ HTTPS_PROXY: 'proxy.test:3128' }, HTTPS, PROXY],
  [{ HTTPS_PROXY: ' http://proxy.test:3128 ' }, HTTPS, PROXY],
  [{ HTTPS_PROXY: 'http://ada:p%40ss@proxy.test:3128' }, HTTPS, 'http://ada:p%40ss@proxy.test:3128/'],
  [{ HTTPS_PROXY: 'https://proxy.test' }, HTTPS, 'https://proxy.test/'],
] as const)('%j, for %s', ([env, baseUrl, expected]) => {
  expect(proxyOf(env, baseUrl)).toBe(expected)
})

test.for(['socks5://proxy.test:1080', 'ftp://proxy.test', 'http://', 'http://[', '::::'])(
  'a proxy that cannot be used is said, without its value: %s',
  (value) => {
    const { proxyUrl, warning } = environmentProxy({ HTTPS_PROXY: value }, HTTPS)
    expect(proxyUrl).toBeNull()
    expect(warning).toMatch(/^HTTPS_PROXY is not used: /)
    expect(warning).not.toContain('proxy.test')
    expect(environmentProxy({ HTTPS_PROXY: value }, HTTP)).toEqual({ proxyUrl: null, warning: null })
  },
)

describe('NO_PROXY', () => {
  test.for([
    ['*', HTTPS, true],
    ['api.openai.com', HTTPS, true],
    ['API.OpenAI.com', HTTPS, true],
    ['openai.com', HTTPS, true],
    ['.openai.com', HTTPS, true],
    ['*.openai.com', HTTPS, true],
    ['other.test, openai.com', HTTPS, true],
    ['other.test openai.com', HTTPS, true],
    ['other.test,,', HTTPS, false],
    ['', HTTPS, false],
    ['.', HTTPS, false],
    ['ai.com', HTTPS, false],
    ['xopenai.com', HTTPS, false],
    ['api.openai.com.evil.test', HTTPS, false],
    ['api.openai.com:443', HTTPS, true],
    ['api.openai.com:8443', HTTPS, false],
    ['llm.corp.test:8080', HTTP, true],
    ['llm.corp.test:80', HTTP, false],
    ['10.0.0.0/8', 'http://10.1.2.3/v1', true],
    ['10.1.2.3', 'http://10.1.2.3/v1', true],
    ['10.1.2.3:80', 'http://10.1.2.3/v1', true],
    ['1.2.3', 'http://10.1.2.3/v1', false],
    ['2.3', 'http://10.1.2.3/v1', false],
    ['2001:db8::/32', 'http://[2001:db8::1]/v1', true],
    ['[2001:db8::1]', 'http://[2001:db8::1]/v1', true],
    ['10.0.0.0/8', HTTPS, false],
  ] as const)('%j, for %s: %s', ([exceptions, baseUrl, excepted]) => {
    const env = { HTTPS_PROXY: PROXY, HTTP_PROXY: PROXY, NO_PROXY: exceptions }
    expect(proxyOf(env, baseUrl)).toBe(excepted ? null : PROXY)
  })

  test('this machine is reached without a proxy', () => {
    const env = { HTTPS_PROXY: PROXY, HTTP_PROXY: PROXY }
    for (const host of ['localhost', 'a.localhost', '127.0.0.1', '127.9.9.9', '[::1]'])
      expect(proxyOf(env, `http://${host}:11434/v1`), host).toBeNull()
  })
})
