// The environment, as a main.ts hands it over, parsed once; every setting is in the table of environment-settings.ts.
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { type RedactionRules, redactionRules } from '../../domain/content/redaction-rules.ts'
import type { ContentCapture } from '../../domain/policy/key-policy.ts'
import type { Upstream } from '../../domain/upstreams/upstream.ts'
import { readSetting, SETTINGS, type SettingName, unknownNames } from './environment-settings.ts'
import { captureNamed, networksIn, WORKERS_MAX } from './setting-validators.ts'

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
  clientIdleMs: number
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

/**
 * Reads the configuration from an environment. An empty variable counts as absent.
 * Throws ConfigError with every mistake at once: bad values, unreadable files, unknown LATCHKEY_ names.
 */
export function readConfig(env: Record<string, string | undefined>): Config {
  const faults = unknownNames(env)
  const value = (name: SettingName): string | null => {
    const { text, fault } = readSetting(env, name)
    if (fault !== null) faults.push(fault)
    return text
  }
  const values = Object.fromEntries(
    (Object.keys(SETTINGS) as SettingName[]).map((name) => [name, value(name)]),
  ) as Record<SettingName, string | null>
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
    clientIdleMs: Number(values.LATCHKEY_CALLER_IDLE_TIMEOUT_SECONDS) * 1_000,
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

function upstreamsOf(values: Record<SettingName, string | null>): Upstream[] {
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

function defaultModelOf(values: Record<SettingName, string | null>): string | null {
  if (values.LATCHKEY_DEFAULT_MODEL !== null) return values.LATCHKEY_DEFAULT_MODEL
  // An upstream of one's own is asked for whatever name the caller gives.
  if (values.LATCHKEY_UPSTREAM_URL !== null) return null
  if (values.GEMINI_API_KEY !== null) return 'gemini-flash-latest'
  if (values.OPENAI_API_KEY !== null) return 'gpt-5-mini'
  return 'echo'
}

function autoWorkers(): number {
  return Math.min(WORKERS_MAX, availableParallelism())
}
