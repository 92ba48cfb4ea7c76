// The environment, as a main.ts hands it over, parsed once; every setting is in the table below.
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import {
  patternsFault,
  type RedactionRules,
  redactionNamesFault,
  redactionRules,
} from './domain/content/redaction-rules.ts'
import { readNetwork } from './domain/policy/address-list.ts'
import { CONTENT_CAPTURES, type ContentCapture } from './domain/policy/key-policy.ts'
import type { Upstream } from './domain/upstream.ts'

export type Config = {
  host: string
  /** 0: any free port. */
  port: number
  /** Networks whose X-Forwarded-For is believed. */
  trustedProxies: string[]
  /** Processes that serve the gateway; 1: the only one there is. */
  workers: number
  dataDir: string
  /** `postgresql://…`, or the path of a SQLite file. */
  database: string
  adminPassword: string | null
  adminToken: string | null
  /** 32 bytes in base64url, a Fernet key; null: kept in the data directory. */
  encryptionKey: string | null
  /** In the order they are asked. Empty: the built-in echo. */
  upstreams: Upstream[]
  /** Whether upstreams that admins set up may be in private networks. */
  privateUpstreams: 'allow' | 'refuse'
  /** Where `auto` and `local-gemini-auto` go; null: they are passed on as they are. */
  defaultModel: string | null
  retention: Retention
  content: ContentSettings
  /** How long an upstream is read on, for its usage, after the caller of a stream has left. */
  drainMs: number
  /** How long an upstream is waited for: to connect, to the head of its answer, between two chunks of it. */
  timeouts: { connectMs: number; headMs: number; idleMs: number }
  /** How far a call may go to be answered, where its first way fails. */
  routing: { extraAttempts: number; deadlineMs: number; breakerFailures: number }
  /** How long a caller may take nothing of what waits for it. */
  callerIdleMs: number
  /** Calls of the usual shape go through the gateway's own HTTP/1.1, the rest through the libraries'; false: all of them. */
  fastLane: boolean
}

/** What is kept of the content of calls. */
export type ContentSettings = {
  /** For keys whose policy says nothing of it. */
  capture: ContentCapture
  /** Of each body. */
  maxBytes: number
  days: number
  redaction: RedactionRules
}

/** Days that things are kept; null: for ever. */
export type Retention = { logDays: number | null; statsDays: number | null }

/** Every mistake in the environment, one a line; never holds a value of a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

type Setting = {
  default: string | null
  /** Also read from the file that NAME_FILE names; its value is never repeated. */
  secret: boolean
  /** What is wrong with a value, or null. */
  fault(value: string): string | null
  /** For the reference in the README. */
  meaning: string
}

/** Every setting, in the order of the README's table. */
export const SETTINGS = {
  LATCHKEY_HOST: setting('127.0.0.1', 'Address to listen on; `0.0.0.0` for every interface', notBlank),
  LATCHKEY_PORT: setting('8000', 'Port to listen on; `0` takes a free one', wholeFault(0, 65_535)),
  LATCHKEY_TRUSTED_PROXIES: setting(
    null,
    'Addresses and networks of the proxies in front, parted by commas, such as `127.0.0.1, 10.0.0.0/8`: the caller is whom their `X-Forwarded-For` names; absent: whoever connects (to 100)',
    networksFault,
  ),
  LATCHKEY_WORKERS: setting(
    '1',
    'Processes that serve `/v1` together (to 64), or `auto` for one a core; 1: one process for everything',
    workersFault,
  ),
  LATCHKEY_DATA_DIR: setting('./data', 'Where the SQLite file and the encryption key are kept', notBlank),
  DATABASE_URL: secret('`postgresql://…`; absent: a SQLite file in the data directory', databaseFault),
  LATCHKEY_ADMIN_PASSWORD: secret(
    'Makes the first admin, `admin`, with this password (12 to 1,024 characters)',
    lengthFault(12, 1_024),
  ),
  LATCHKEY_ADMIN_TOKEN: secret('An admin token for automation (24 to 512 characters)', lengthFault(24, 512)),
  LATCHKEY_UPSTREAM_URL: setting(
    null,
    'Base URL of an upstream that takes any model, such as `http://127.0.0.1:11434/v1`',
    urlFault,
  ),
  LATCHKEY_UPSTREAM_KEY: secret('What that upstream is sent as its bearer token', headerFault),
  LATCHKEY_DEFAULT_MODEL: setting(null, 'Model that `auto` and `local-gemini-auto` stand for', notBlank),
  LATCHKEY_PRIVATE_UPSTREAMS: setting(
    'allow',
    'Whether upstreams that admins set up may be in private networks: `allow` or `refuse`',
    (value) => (/^(allow|refuse)$/.test(value) ? null : 'must be allow or refuse'),
  ),
  LATCHKEY_DRAIN_SECONDS: setting(
    '10',
    'How long an answer is read on, for its token usage, after the caller of a stream has left; 0: not at all (to 600)',
    wholeFault(0, 600),
  ),
  LATCHKEY_UPSTREAM_CONNECT_TIMEOUT_SECONDS: setting(
    '10',
    'How long a connection to an upstream may take (1 to 600)',
    wholeFault(1, 600),
  ),
  // Ten minutes are what OpenAI's own SDKs wait.
  LATCHKEY_UPSTREAM_HEAD_TIMEOUT_SECONDS: setting(
    '600',
    'How long an upstream may take to begin its answer (1 to 86400)',
    wholeFault(1, 86_400),
  ),
  LATCHKEY_UPSTREAM_IDLE_TIMEOUT_SECONDS: setting(
    '300',
    'How long an upstream may fall silent within its answer (1 to 86400)',
    wholeFault(1, 86_400),
  ),
  LATCHKEY_ROUTING_EXTRA_ATTEMPTS: setting(
    '3',
    'How many more tries a call may take, where the first fails before anything has gone out (0 to 10)',
    wholeFault(0, 10),
  ),
  // As long as a single try may take.
  LATCHKEY_ROUTING_DEADLINE_SECONDS: setting(
    '600',
    'How long all tries of a call that can go more than one way may take, to the head of an answer (1 to 86400)',
    wholeFault(1, 86_400),
  ),
  LATCHKEY_ROUTING_BREAKER_FAILURES: setting(
    '5',
    'After how many failures in a row an upstream is left alone for a moment; 0: never (to 1000)',
    wholeFault(0, 1_000),
  ),
  LATCHKEY_CALLER_IDLE_TIMEOUT_SECONDS: setting(
    '60',
    'How long a caller may send nothing of a body that it has begun, or take nothing of an answer, before it is cut off (1 to 86400)',
    wholeFault(1, 86_400),
  ),
  LATCHKEY_FAST_LANE: setting(
    'on',
    'Calls of the usual shape go through a shorter path that means the same; `off`: none does',
    switchFault,
  ),
  LATCHKEY_LOG_RETENTION_DAYS: setting(
    '90',
    'Days that request logs are kept; 0: for ever (to 36500)',
    wholeFault(0, 36_500),
  ),
  LATCHKEY_STATS_RETENTION_DAYS: setting(
    '730',
    'Days that the sums behind the stats are kept; 0: for ever (to 36500)',
    wholeFault(0, 36_500),
  ),
  LATCHKEY_CONTENT_CAPTURE: setting(
    'off',
    'What is kept of the content of calls, unless the policy of their key says: `off`, `metadata`, `errors` or `full`',
    captureFault,
  ),
  // A whole conversation of most, and few enough bytes that a journal line of both bodies is written in a millisecond.
  LATCHKEY_CONTENT_MAX_BYTES: setting(
    '262144',
    'Bytes that are kept of a request and of an answer (1024 to 4194304)',
    wholeFault(1_024, 4_194_304),
  ),
  LATCHKEY_CONTENT_RETENTION_DAYS: setting(
    '7',
    'Days that content is kept, if its request log is kept as long (1 to 365)',
    wholeFault(1, 365),
  ),
  LATCHKEY_CONTENT_REDACT: setting(
    'token,base64',
    'What is taken out of content before it is stored: `email`, `card`, `phone`, `token`, `uuid`, `base64`, with commas; or `none`',
    redactionNamesFault,
  ),
  LATCHKEY_CONTENT_REDACT_PATTERNS: setting(
    '[]',
    'Regular expressions of what else is taken out, as a JSON list (at most 20 of 200 characters)',
    patternsFault,
  ),
  OPENAI_API_KEY: secret('Makes an upstream of the OpenAI API', headerFault),
  GEMINI_API_KEY: secret('Makes an upstream of the Gemini API', headerFault),
  LATCHKEY_ENCRYPTION_KEY: secret(
    'Fernet key (32 bytes, base64url) for encrypted copies; absent: made in the data directory',
    fernetKeyFault,
  ),
} as const satisfies Record<string, Setting>

type Name = keyof typeof SETTINGS

// Read by the SDK, and often set in the same shell.
const OTHERS = ['LATCHKEY_URL']

/**
 * Reads the configuration from an environment. An empty variable counts as absent.
 * Throws ConfigError with every mistake at once: bad values, unreadable files, unknown LATCHKEY_ names.
 */
export function readConfig(env: Record<string, string | undefined>): Config {
  const faults = unknownNames(env)
  const value = (name: Name): string | null => {
    const { text, fault } = read(env, name)
    if (fault !== null) faults.push(fault)
    return text
  }
  const values = Object.fromEntries(
    (Object.keys(SETTINGS) as Name[]).map((name) => [name, value(name)]),
  ) as Record<Name, string | null>
  if (values.LATCHKEY_UPSTREAM_KEY !== null && values.LATCHKEY_UPSTREAM_URL === null) {
    faults.push(
      'LATCHKEY_UPSTREAM_KEY is set without LATCHKEY_UPSTREAM_URL: say which upstream the key is for',
    )
  }
  if (faults.length > 0) throw new ConfigError(faults.join('\n'))
  const dataDir = resolve(values.LATCHKEY_DATA_DIR ?? './data')
  return {
    host: values.LATCHKEY_HOST ?? '127.0.0.1',
    port: Number(values.LATCHKEY_PORT),
    trustedProxies: networksIn(values.LATCHKEY_TRUSTED_PROXIES ?? '').filter((network) => network !== null),
    workers: values.LATCHKEY_WORKERS === 'auto' ? autoWorkers() : Number(values.LATCHKEY_WORKERS),
    dataDir,
    database: values.DATABASE_URL ?? join(dataDir, 'latchkey.db'),
    adminPassword: values.LATCHKEY_ADMIN_PASSWORD,
    adminToken: values.LATCHKEY_ADMIN_TOKEN,
    encryptionKey: values.LATCHKEY_ENCRYPTION_KEY,
    upstreams: upstreamsOf(values),
    privateUpstreams: values.LATCHKEY_PRIVATE_UPSTREAMS === 'refuse' ? 'refuse' : 'allow',
    defaultModel: defaultModelOf(values),
    retention: {
      logDays: Number(values.LATCHKEY_LOG_RETENTION_DAYS) || null,
      statsDays: Number(values.LATCHKEY_STATS_RETENTION_DAYS) || null,
    },
    content: {
      capture: captureNamed(values.LATCHKEY_CONTENT_CAPTURE) ?? 'OFF',
      maxBytes: Number(values.LATCHKEY_CONTENT_MAX_BYTES),
      days: Number(values.LATCHKEY_CONTENT_RETENTION_DAYS),
      redaction: redactionRules(
        values.LATCHKEY_CONTENT_REDACT ?? 'none',
        values.LATCHKEY_CONTENT_REDACT_PATTERNS ?? '[]',
      ),
    },
    drainMs: Number(values.LATCHKEY_DRAIN_SECONDS) * 1_000,
    timeouts: {
      connectMs: Number(values.LATCHKEY_UPSTREAM_CONNECT_TIMEOUT_SECONDS) * 1_000,
      headMs: Number(values.LATCHKEY_UPSTREAM_HEAD_TIMEOUT_SECONDS) * 1_000,
      idleMs: Number(values.LATCHKEY_UPSTREAM_IDLE_TIMEOUT_SECONDS) * 1_000,
    },
    routing: {
      extraAttempts: Number(values.LATCHKEY_ROUTING_EXTRA_ATTEMPTS),
      deadlineMs: Number(values.LATCHKEY_ROUTING_DEADLINE_SECONDS) * 1_000,
      breakerFailures: Number(values.LATCHKEY_ROUTING_BREAKER_FAILURES),
    },
    callerIdleMs: Number(values.LATCHKEY_CALLER_IDLE_TIMEOUT_SECONDS) * 1_000,
    fastLane: values.LATCHKEY_FAST_LANE === 'on',
  }
}

// The OpenAI API names its models by family, and new ones appear in a family before a release of ours.
const OPENAI_MODELS =
  'gpt-* chatgpt-* o1* o3* o4* codex-* computer-use-* text-embedding-3-* text-embedding-ada-* text-moderation-* omni-moderation-* whisper-* tts-* dall-e-* sora-* davinci-* babbage-* ft:*'.split(
    ' ',
  )
const GEMINI_MODELS = 'gemini-* gemma-* models/gemini-* text-embedding-004 embedding-* imagen-* veo-*'.split(
  ' ',
)

function upstreamsOf(values: Record<Name, string | null>): Upstream[] {
  const upstreams: Upstream[] = []
  if (values.OPENAI_API_KEY !== null) {
    upstreams.push({
      name: 'openai',
      baseUrl: 'https://api.openai.com/v1',
      credential: values.OPENAI_API_KEY,
      models: OPENAI_MODELS,
    })
  }
  if (values.GEMINI_API_KEY !== null) {
    upstreams.push({
      name: 'gemini',
      // Gemini's OpenAI-compatible endpoint: https://ai.google.dev/gemini-api/docs/openai
      baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
      credential: values.GEMINI_API_KEY,
      models: GEMINI_MODELS,
    })
  }
  if (values.LATCHKEY_UPSTREAM_URL !== null) {
    upstreams.push({
      name: 'default',
      baseUrl: values.LATCHKEY_UPSTREAM_URL.replace(/\/+$/, ''),
      credential: values.LATCHKEY_UPSTREAM_KEY,
      models: ['*'],
    })
  }
  return upstreams
}

function defaultModelOf(values: Record<Name, string | null>): string | null {
  if (values.LATCHKEY_DEFAULT_MODEL !== null) return values.LATCHKEY_DEFAULT_MODEL
  // An upstream of one's own is asked for whatever name the caller gives.
  if (values.LATCHKEY_UPSTREAM_URL !== null) return null
  if (values.GEMINI_API_KEY !== null) return 'gemini-flash-latest'
  if (values.OPENAI_API_KEY !== null) return 'gpt-5-mini'
  return 'echo'
}

function setting(fallback: string | null, meaning: string, fault: Setting['fault']): Setting {
  return { default: fallback, secret: false, fault, meaning }
}

function secret(meaning: string, fault: Setting['fault']): Setting {
  return { default: null, secret: true, fault, meaning }
}

function read(
  env: Record<string, string | undefined>,
  name: Name,
): { text: string | null; fault: string | null } {
  const { default: fallback, secret: isSecret, fault } = SETTINGS[name] as Setting
  const direct = env[name] || null
  const file = isSecret ? env[`${name}_FILE`] || null : null
  if (direct !== null && file !== null) {
    return { text: direct, fault: `${name} and ${name}_FILE are both set: keep one` }
  }
  let text = direct ?? fallback
  if (file !== null) {
    try {
      text = readFileSync(file, 'utf8').trim()
    } catch (error) {
      return { text: null, fault: `${name}_FILE cannot be read: ${(error as NodeJS.ErrnoException).code}` }
    }
  }
  const wrong = text === null ? null : fault(text)
  return { text, fault: wrong === null ? null : `${name} ${wrong}` }
}

function unknownNames(env: Record<string, string | undefined>): string[] {
  const files = (Object.keys(SETTINGS) as Name[])
    .filter((name) => SETTINGS[name].secret)
    .map((name) => `${name}_FILE`)
  const known = [...Object.keys(SETTINGS), ...files, ...OTHERS]
  return Object.keys(env)
    .filter((name) => name.startsWith('LATCHKEY_') && !known.includes(name))
    .map((name) => {
      const near = known
        .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
        .sort((a, b) => a.distance - b.distance)[0]
      const hint = near !== undefined && near.distance <= 6 ? `; did you mean ${near.candidate}?` : ''
      return `${name} is not a setting of Latchkey${hint}`
    })
}

/** How many single letters must change to make one name the other (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

const WORKERS_MAX = 64

function autoWorkers(): number {
  return Math.min(WORKERS_MAX, availableParallelism())
}

function workersFault(value: string): string | null {
  return value === 'auto' || (/^\d{1,2}$/.test(value) && Number(value) >= 1 && Number(value) <= WORKERS_MAX)
    ? null
    : `must be a whole number from 1 to ${WORKERS_MAX}, or auto`
}

const NETWORKS_MAX = 100

/** Null for what is none. */
function networksIn(list: string): (string | null)[] {
  return list.split(',').map(readNetwork)
}

function networksFault(value: string): string | null {
  const networks = networksIn(value)
  if (networks.length > NETWORKS_MAX) return `must name at most ${NETWORKS_MAX} addresses and networks`
  const wrong = networks.indexOf(null)
  if (wrong !== -1)
    return `must be IP addresses and networks in CIDR notation, parted by commas; number ${wrong + 1} is none`
  if (networks.some((network) => network?.endsWith('/0')))
    return 'must not name every address there is: anyone could then pass for anyone'
  return null
}

function notBlank(value: string): string | null {
  return value.trim() === '' ? 'is blank' : null
}

function switchFault(value: string): string | null {
  return value === 'on' || value === 'off' ? null : 'must be `on` or `off`'
}

function captureNamed(name: string | null): ContentCapture | undefined {
  return CONTENT_CAPTURES.find((capture) => capture.toLowerCase() === name)
}

function captureFault(value: string): string | null {
  return captureNamed(value) === undefined ? 'must be off, metadata, errors or full' : null
}

function wholeFault(min: number, max: number): Setting['fault'] {
  return (value) =>
    /^\d{1,9}$/.test(value) && Number(value) >= min && Number(value) <= max
      ? null
      : `must be a whole number from ${min} to ${max}`
}

function lengthFault(min: number, max: number): Setting['fault'] {
  return (value) =>
    value.length >= min && value.length <= max ? null : `must have ${min} to ${max} characters`
}

function headerFault(value: string): string | null {
  return /^[\x21-\x7e]{1,4096}$/.test(value)
    ? null
    : 'must be printable ASCII without spaces, at most 4,096 characters'
}

function databaseFault(value: string): string | null {
  return /^postgres(ql)?:\/\/./.test(value) && URL.canParse(value)
    ? null
    : 'must be a URL such as postgresql://user:password@host:5432/latchkey'
}

function urlFault(value: string): string | null {
  const url = URL.canParse(value) ? new URL(value) : null
  if (url === null || !/^https?:$/.test(url.protocol)) return 'must be an http:// or https:// URL'
  if (url.username !== '' || url.password !== '')
    return 'must not hold a user or password: use LATCHKEY_UPSTREAM_KEY'
  if (url.search !== '' || url.hash !== '') return 'must not have a query or fragment'
  return null
}

function fernetKeyFault(value: string): string | null {
  return /^[A-Za-z0-9_-]{43}=?$/.test(value)
    ? null
    : 'must be 32 bytes in base64url, 44 characters, as Fernet keys are'
}
