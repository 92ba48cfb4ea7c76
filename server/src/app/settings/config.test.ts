import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { ConfigError, readConfig } from './config.ts'

const folder = mkdtempSync(join(tmpdir(), 'latchkey-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('an empty environment is a whole configuration: this machine alone, SQLite, the echo', () => {
  expect(readConfig({})).toEqual({
    environment: expect.any(Array),
    host: '127.0.0.1',
    port: 8000,
    publicUrl: null,
    trustedProxies: [],
    workers: 1,
    dataDir: resolve('data'),
    database: resolve('data/latchkey.db'),
    adminPassword: null,
    adminToken: null,
    adminTokenNext: null,
    auditDays: null,
    auditWebhook: null,
    auditSyslog: null,
    encryptionKey: null,
    encryptionKeyLost: false,
    upstreams: [],
    privateUpstreams: 'allow',
    defaultModel: 'echo',
    drainMs: 10_000,
    sessionMs: 7_200_000,
    timeouts: { connectMs: 10_000, headMs: 600_000, idleMs: 300_000 },
    routing: { extraAttempts: 3, deadlineMs: 600_000, breakerFailures: 5 },
    clientIdleMs: 60_000,
    stop: { delayMs: 0, graceMs: 30_000 },
    connectionsPerNetwork: 1_000,
    jsonBodyBytes: 67_108_864,
    uploadSpoolBytes: 4_294_967_296,
    fastLane: true,
    warnings: [],
    retention: { logDays: 90, statsDays: 730 },
    objects: { days: 30, max: 1_000_000 },
    content: {
      capture: 'OFF',
      maxBytes: 262_144,
      days: 7,
      quotaBytes: 5_000_000_000,
      redaction: { names: ['token', 'base64'], patterns: [] },
    },
  })
})

test('an admin may see every setting, and no secret', () => {
  const { environment } = readConfig({
    LATCHKEY_PORT: '9000',
    OPENAI_API_KEY: 'sk-secret',
    LATCHKEY_HOST: '',
  })
  const named = (name: string) => environment.find((setting) => setting.name === name)
  expect(named('LATCHKEY_PORT')).toMatchObject({ value: '9000', default: '8000', isSet: true })
  expect(named('LATCHKEY_HOST')).toMatchObject({ value: '127.0.0.1', isSet: false })
  expect(named('OPENAI_API_KEY')).toEqual({
    name: 'OPENAI_API_KEY',
    value: null,
    default: null,
    isSet: true,
    isSecret: true,
  })
})

test('an empty variable counts as absent', () => {
  const names = [
    'LATCHKEY_HOST',
    'LATCHKEY_PORT',
    'DATABASE_URL',
    'DATABASE_URL_FILE',
    'LATCHKEY_ADMIN_PASSWORD',
  ]
  expect(readConfig(Object.fromEntries(names.map((name) => [name, ''])))).toEqual(readConfig({}))
})

test('workers are a number, or one a core', () => {
  expect(readConfig({ LATCHKEY_WORKERS: '64' }).workers).toBe(64)
  expect(readConfig({ LATCHKEY_WORKERS: 'auto' }).workers).toBe(Math.min(64, availableParallelism()))
})

test('trusted proxies are addresses and networks, and never everyone', () => {
  const of = (value: string) => readConfig({ LATCHKEY_TRUSTED_PROXIES: value }).trustedProxies
  expect(of('127.0.0.1, 10.1.2.3/8,2001:DB8::/32')).toEqual(['127.0.0.1', '10.0.0.0/8', '2001:db8::/32'])
  expect(() => of('127.0.0.1,proxy.internal')).toThrow(
    'LATCHKEY_TRUSTED_PROXIES must be IP addresses and networks in CIDR notation, parted by commas; number 2 is none',
  )
  expect(() => of('::/0')).toThrow('must not name every address')
  expect(() => of('127.0.0.1,')).toThrow('number 2 is none')
  expect(() => of(Array(101).fill('::1').join())).toThrow('at most 100')
})

test('the next admin token is another one', () => {
  const token = 'o9Kx2vQ7mZ4tR1wY8sB5nC3e'
  expect(() => readConfig({ LATCHKEY_ADMIN_TOKEN: token, LATCHKEY_ADMIN_TOKEN_NEXT: token })).toThrow(
    /^LATCHKEY_ADMIN_TOKEN_NEXT is LATCHKEY_ADMIN_TOKEN/,
  )
})

test('an admin token that can be guessed is refused, without a word of it, and with how to make one', () => {
  expect(() => readConfig({ LATCHKEY_ADMIN_TOKEN: 'hunter2-hunter2-hunter2-hunter2' })).toThrow(
    /^LATCHKEY_ADMIN_TOKEN can be guessed: it is made of words, repeats or sequences; make one with `openssl rand -base64 32`$/,
  )
})

test('the public URL is a scheme, a host and a port', () => {
  const of = (value: string) => readConfig({ LATCHKEY_PUBLIC_URL: value }).publicUrl
  expect(of('https://Latchkey.example.com')).toBe('https://latchkey.example.com')
  expect(of('https://latchkey.example.com/')).toBe('https://latchkey.example.com')
  expect(of('http://10.0.0.1:8080')).toBe('http://10.0.0.1:8080')
  expect(of('https://[2001:db8::1]:8443')).toBe('https://[2001:db8::1]:8443')
  expect(of('https://latchkey.example.com:443')).toBe('https://latchkey.example.com')
  for (const [wrong, fault] of [
    ['latchkey.example.com', 'must be an http:// or https:// URL, such as https://latchkey.example.com'],
    ['ftp://latchkey.example.com', 'must be an http:// or https:// URL'],
    ['javascript:alert(1)', 'must be an http:// or https:// URL'],
    ['https://', 'must be an http:// or https:// URL'],
    ['https://ada:hunter2@latchkey.example.com', 'must not hold a user or password'],
    ['https://a.test/latchkey', 'must be a scheme, a host and a port alone (https://a.test)'],
    ['https://a.test/?x', 'must be a scheme, a host and a port alone (https://a.test)'],
    ['https://a.test#', 'must be a scheme, a host and a port alone (https://a.test)'],
  ] as const) {
    expect(() => of(wrong), wrong).toThrow(`LATCHKEY_PUBLIC_URL ${fault}`)
  }
})

test('upstreams of the environment take its proxy, each as NO_PROXY says', () => {
  const env = {
    OPENAI_API_KEY: 'sk-1',
    LATCHKEY_UPSTREAM_URL: 'http://llm.corp.test/v1',
    HTTPS_PROXY: 'http://ada:hunter2@proxy.test:3128',
    HTTP_PROXY: 'socks5://proxy.test:1080',
  }
  const { upstreams, warnings } = readConfig(env)
  expect(upstreams.map(({ name, proxyUrl }) => [name, proxyUrl])).toEqual([
    ['openai', 'http://ada:hunter2@proxy.test:3128/'],
    ['default', undefined],
  ])
  expect(warnings).toEqual([expect.stringMatching(/^HTTP_PROXY is not used: /)])
  expect(readConfig({ ...env, NO_PROXY: '*' })).toMatchObject({ upstreams: [{}, {}], warnings: [] })
})

test('variables of other programs are ignored', () => {
  expect(readConfig({ PATH: '/bin', LATCHKEY_URL: 'http://x', latchkey_port: '1' })).toEqual(readConfig({}))
})

test('the fast lane can be switched off, and by no other word', () => {
  expect(readConfig({ LATCHKEY_FAST_LANE: 'off' }).fastLane).toBe(false)
  expect(() => readConfig({ LATCHKEY_FAST_LANE: 'no' })).toThrow('LATCHKEY_FAST_LANE must be `on` or `off`')
})

test('content is captured as configured, and an invalid value stops the start', () => {
  const { content } = readConfig({
    LATCHKEY_CONTENT_CAPTURE: 'errors',
    LATCHKEY_CONTENT_MAX_BYTES: '1024',
    LATCHKEY_CONTENT_RETENTION_DAYS: '1',
    LATCHKEY_CONTENT_QUOTA_MB: '0',
    LATCHKEY_CONTENT_REDACT: 'none',
    LATCHKEY_CONTENT_REDACT_PATTERNS: JSON.stringify(['ACME-\\d+']),
  })
  expect(content).toEqual({
    capture: 'ERRORS',
    maxBytes: 1_024,
    days: 1,
    quotaBytes: null,
    redaction: { names: [], patterns: ['ACME-\\d+'] },
  })
  const wrong: [string, string][] = [
    ['LATCHKEY_CONTENT_CAPTURE', 'on'],
    ['LATCHKEY_CONTENT_MAX_BYTES', '4194305'],
    ['LATCHKEY_CONTENT_RETENTION_DAYS', '0'],
    ['LATCHKEY_CONTENT_QUOTA_MB', '100000001'],
    ['LATCHKEY_CONTENT_REDACT', 'mails'],
    ['LATCHKEY_CONTENT_REDACT_PATTERNS', '["("]'],
  ]
  for (const [name, value] of wrong) expect(() => readConfig({ [name]: value })).toThrow(name)
})

describe('a former name of a setting', () => {
  const FORMER = 'LATCHKEY_CALLER_IDLE_TIMEOUT_SECONDS'
  const PRESENT = 'LATCHKEY_CLIENT_IDLE_TIMEOUT_SECONDS'

  test('is read, with a warning that names the present one', () => {
    const { clientIdleMs, warnings } = readConfig({ [FORMER]: '7' })
    expect(clientIdleMs).toBe(7_000)
    expect(warnings).toEqual([
      `${FORMER} is deprecated and will be removed in the next version: set ${PRESENT} instead`,
    ])
    expect(readConfig({ [PRESENT]: '7' })).toMatchObject({ clientIdleMs: 7_000, warnings: [] })
  })

  test('beside the present one must have the same value', () => {
    expect(readConfig({ [FORMER]: '7', [PRESENT]: '7' })).toMatchObject({ clientIdleMs: 7_000 })
    expect(faultsOf({ [FORMER]: '7', [PRESENT]: '8' })).toContain(
      `${FORMER} and ${PRESENT} are both set, to different values: keep ${PRESENT}`,
    )
  })

  test('counts as absent where it is empty', () => {
    expect(readConfig({ [FORMER]: '', [PRESENT]: '8' })).toMatchObject({ clientIdleMs: 8_000, warnings: [] })
    expect(readConfig({ [FORMER]: '7', [PRESENT]: '' })).toMatchObject({ clientIdleMs: 7_000 })
  })

  test('with a wrong value is named in the fault', () => {
    expect(faultsOf({ [FORMER]: '0' })).toEqual([
      expect.stringMatching(new RegExp(`^${PRESENT} must be`)),
      expect.stringContaining(FORMER),
    ])
  })

  test('is never what an unknown name is taken for', () => {
    expect(faultsOf({ LATCHKEY_CALLER_IDLE_TIMEOUT: '7' })).toEqual([expect.not.stringContaining(FORMER)])
  })
})

describe('upstreams', () => {
  test('are in the order of their priority: OpenAI, Gemini, one’s own', () => {
    const { upstreams } = readConfig({
      LATCHKEY_UPSTREAM_URL: 'http://127.0.0.1:11434/v1/',
      LATCHKEY_UPSTREAM_KEY: 'sk-own',
      GEMINI_API_KEY: 'gem',
      OPENAI_API_KEY: 'sk-openai',
    })
    expect(upstreams.map(({ name, baseUrl, credential }) => [name, baseUrl, credential])).toEqual([
      ['openai', 'https://api.openai.com/v1', 'sk-openai'],
      ['gemini', 'https://generativelanguage.googleapis.com/v1beta/openai', 'gem'],
      ['default', 'http://127.0.0.1:11434/v1', 'sk-own'],
    ])
  })

  test.for([
    [{}, 'echo'],
    [{ OPENAI_API_KEY: 'a' }, 'gpt-5-mini'],
    [{ GEMINI_API_KEY: 'a' }, 'gemini-flash-latest'],
    [{ OPENAI_API_KEY: 'a', GEMINI_API_KEY: 'b' }, 'gemini-flash-latest'],
    [{ LATCHKEY_UPSTREAM_URL: 'http://x/v1' }, null],
    [{ LATCHKEY_UPSTREAM_URL: 'http://x/v1', LATCHKEY_DEFAULT_MODEL: 'mine' }, 'mine'],
  ] as [Record<string, string>, string | null][])('%j makes `auto` %j', ([env, model]) => {
    expect(readConfig(env).defaultModel).toBe(model)
  })

  test('a key without its URL says so', () => {
    expect(faultsOf({ LATCHKEY_UPSTREAM_KEY: 'sk-own' })).toEqual([
      expect.stringContaining('LATCHKEY_UPSTREAM_URL'),
    ])
  })
})

describe('refuses', () => {
  test.for([
    ['LATCHKEY_PORT', '65536'],
    ['LATCHKEY_WORKERS', '0'],
    ['LATCHKEY_WORKERS', '65'],
    ['LATCHKEY_WORKERS', '1.5'],
    ['LATCHKEY_WORKERS', 'all'],
    ['LATCHKEY_PORT', '-1'],
    ['LATCHKEY_PORT', '80.5'],
    ['LATCHKEY_PORT', 'http'],
    ['LATCHKEY_PORT', '0x50'],
    ['LATCHKEY_PORT', ' 80'],
    ['LATCHKEY_HOST', '  '],
    ['LATCHKEY_DATA_DIR', ' '],
    ['DATABASE_URL', 'mysql://user:pw@host/db'],
    ['DATABASE_URL', './file.db'],
    ['DATABASE_URL', 'postgresql://'],
    ['LATCHKEY_ADMIN_PASSWORD', 'short'],
    ['LATCHKEY_ADMIN_PASSWORD', 'x'.repeat(1_025)],
    ['LATCHKEY_ADMIN_TOKEN', 'x'.repeat(23)],
    ['LATCHKEY_ADMIN_TOKEN', 'x'.repeat(64)],
    ['LATCHKEY_ADMIN_TOKEN', 'changeme-changeme-changeme'],
    ['LATCHKEY_UPSTREAM_URL', 'ftp://host/v1'],
    ['LATCHKEY_UPSTREAM_URL', 'host/v1'],
    ['LATCHKEY_UPSTREAM_URL', 'http://user:pw@host/v1'],
    ['LATCHKEY_UPSTREAM_URL', 'http://host/v1?key=1'],
    ['LATCHKEY_UPSTREAM_URL', 'http://host/v1#x'],
    ['OPENAI_API_KEY', 'two words'],
    ['OPENAI_API_KEY', 'line\nbreak'],
    ['GEMINI_API_KEY', 'schlüssel'],
    ['LATCHKEY_DEFAULT_MODEL', ' '],
    ['LATCHKEY_PRIVATE_UPSTREAMS', 'no'],
    ['LATCHKEY_ENCRYPTION_KEY', 'not-32-bytes'],
    ['LATCHKEY_ENCRYPTION_KEY', `${'A'.repeat(42)}+=`],
  ] as const)('%s=%j, naming it', ([name, value]) => {
    expect(faultsOf({ [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name} `))])
  })

  test('every fault at once, one a line', () => {
    const faults = faultsOf({
      LATCHKEY_PORT: 'x',
      LATCHKEY_ADMIN_TOKEN: 'short',
      OPENAI_API_KEY: 'a b',
      LATCHKEY_UPSTREAM_KEY: 'k',
      LATCHKEY_PROT: '1',
    })
    expect(faults.map((fault) => fault.split(' ', 1)[0]).sort()).toEqual([
      'LATCHKEY_ADMIN_TOKEN',
      'LATCHKEY_PORT',
      'LATCHKEY_PROT',
      'LATCHKEY_UPSTREAM_KEY',
      'OPENAI_API_KEY',
    ])
  })

  test.for([
    ['LATCHKEY_PROT', 'LATCHKEY_PORT'],
    ['LATCHKEY_ADMIN_PASS', 'LATCHKEY_ADMIN_PASSWORD'],
    ['LATCHKEY_UPSTREAM', 'LATCHKEY_UPSTREAM_URL'],
    ['LATCHKEY_ADMIN_TOKEN_FILES', 'LATCHKEY_ADMIN_TOKEN_FILE'],
    ['LATCHKEY_PORT_FILE', 'LATCHKEY_PORT'],
  ])('%s, and suggests %s', ([name, near]) => {
    expect(faultsOf({ [name ?? '']: '1' })).toEqual([
      expect.stringMatching(
        new RegExp(`^${name} is not a setting of Latchkey; did you mean LATCHKEY_.+\\?$`),
      ),
    ])
    expect(faultsOf({ [name ?? '']: '1' })[0]).toContain(near)
  })

  test('a name like none of ours without a guess', () => {
    expect(faultsOf({ LATCHKEY_SOMETHING_ENTIRELY_DIFFERENT: '1' })).toEqual([
      'LATCHKEY_SOMETHING_ENTIRELY_DIFFERENT is not a setting of Latchkey',
    ])
  })
})

describe('a secret in a file', () => {
  test.for([
    ['LATCHKEY_ADMIN_PASSWORD', 'a long password', 'adminPassword'],
    ['LATCHKEY_ADMIN_TOKEN', 'o9Kx2vQ7mZ4tR1wY8sB5nC3e', 'adminToken'],
    ['LATCHKEY_ADMIN_TOKEN_NEXT', 'o9Kx2vQ7mZ4tR1wY8sB5nC3e', 'adminTokenNext'],
    ['LATCHKEY_ENCRYPTION_KEY', `${'A'.repeat(43)}=`, 'encryptionKey'],
    ['DATABASE_URL', 'postgresql://u:p@h:5432/d', 'database'],
  ] as const)('%s is read without the line end that editors put there', ([name, value, field]) => {
    const path = file(`${value}\r\n`)
    expect(readConfig({ [`${name}_FILE`]: path })[field]).toBe(value)
  })

  test('is refused beside the variable itself', () => {
    const faults = faultsOf({ OPENAI_API_KEY: 'a', OPENAI_API_KEY_FILE: file('b') })
    expect(faults).toEqual(['OPENAI_API_KEY and OPENAI_API_KEY_FILE are both set: keep one'])
  })

  test('that is not there says so', () => {
    expect(faultsOf({ GEMINI_API_KEY_FILE: join(folder, 'none') })).toEqual([
      'GEMINI_API_KEY_FILE cannot be read: ENOENT',
    ])
    expect(faultsOf({ GEMINI_API_KEY_FILE: folder })).toEqual(['GEMINI_API_KEY_FILE cannot be read: EISDIR'])
  })

  test('that is empty is a fault, since someone meant to set it', () => {
    expect(faultsOf({ OPENAI_API_KEY_FILE: file('\n') })).toEqual([expect.stringMatching(/^OPENAI_API_KEY /)])
  })
})

test('no secret is ever repeated', () => {
  const canary = 'canary secret value'
  const secrets = [
    'DATABASE_URL',
    'LATCHKEY_UPSTREAM_KEY',
    'OPENAI_API_KEY',
    'GEMINI_API_KEY',
    'LATCHKEY_ENCRYPTION_KEY',
  ]
  const direct = faultsOf({
    ...Object.fromEntries(secrets.map((name) => [name, canary])),
    LATCHKEY_ADMIN_PASSWORD: 'canary',
    LATCHKEY_ADMIN_TOKEN: 'canary',
    LATCHKEY_UPSTREAM_URL: 'http://canary:canary@h/v1',
    LATCHKEY_TYPO: canary,
  })
  const path = file(canary)
  const filed = faultsOf(Object.fromEntries(secrets.map((name) => [`${name}_FILE`, path])))
  expect(direct).toHaveLength(9)
  expect(filed.length).toBeGreaterThanOrEqual(5)
  expect([...direct, ...filed].join('\n')).not.toContain('canary')
})

let files = 0
function file(text: string): string {
  const path = join(folder, `secret-${files++}`)
  writeFileSync(path, text)
  return path
}

function faultsOf(env: Record<string, string>): string[] {
  try {
    readConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n')
    throw error
  }
  return []
}
