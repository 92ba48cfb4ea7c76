// The configuration: the environment, parsed once. The table of settings is in environment-settings.ts.
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { type RedactionRules, redactionRules } from '../../domain/content/redaction-rules.ts'
import type { ContentCapture } from '../../domain/policy/key-policy.ts'
import type { EnvironmentValue } from '../../domain/settings/environment-value.ts'
import { StartError } from '../../domain/start-error.ts'
import type { Upstream } from '../../domain/upstreams/upstream.ts'
import { replaceDeprecatedNames } from './deprecated-settings.ts'
import { environmentProxy } from './environment-proxies.ts'
import { SETTINGS, type SettingName } from './environment-settings.ts'
import { type Environment, environmentValues, readSetting, unknownNames } from './read-settings.ts'
import { captureNamed, networksIn, syslogTargetIn, WORKERS_MAX } from './setting-validators.ts'

export type Config = {
  host: string
  /** 0: any free port. */
  port: number
  /** Where browsers reach the console: scheme, host and port, no slash at the end; null: nobody has said. */
  publicUrl: string | null
  /** Networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are trusted. */
  trustedProxies: string[]
  /** Processes that serve the gateway; 1: a single process for everything. */
  workers: number
  dataDir: string
  /** `postgresql://…`, or the path of a SQLite file. */
  database: string
  adminPassword: string | null
  adminToken: string | null
  /** LATCHKEY_ADMIN_TOKEN_NEXT; null: not set. */
  adminTokenNext: string | null
  /** A Fernet key (32 bytes in base64url); null: the one in the data directory. */
  encryptionKey: string | null
  /** The server starts although that key opens none of the stored credentials. */
  encryptionKeyLost: boolean
  /** By priority. Empty: the built-in echo. */
  upstreams: Upstream[]
  /** Whether upstreams that admins set up may be in private networks. */
  privateUpstreams: 'allow' | 'refuse'
  /** The model that `auto` and `local-gemini-auto` stand for; null: both are passed on as they are. */
  defaultModel: string | null
  retention: Retention
  content: ContentSettings
  /** Days that audit events are kept; null: for ever. */
  auditDays: number | null
  /** Where audit events are sent; null: nowhere. */
  auditWebhook: { url: string; secret: string } | null
  auditSyslog: { protocol: 'udp' | 'tcp' | 'tls'; host: string; port: number } | null
  /** For how long without use, and of how many, it is kept whose an object of an upstream is. */
  objects: { days: number; max: number }
  /** How long a stream is still read, for its usage, after its client has disconnected. */
  drainMs: number
  /** How long a WebSocket session may last; milliseconds. */
  sessionMs: number
  /** How long an upstream is waited for: to connect, for the response head, and between two chunks of the body. */
  timeouts: { connectMs: number; headMs: number; idleMs: number }
  /** Bounds of retries and failover, and the circuit breaker's threshold. */
  routing: { extraAttempts: number; deadlineMs: number; breakerFailures: number }
  /** How long a client may send nothing within a request body, or read nothing of a response. */
  clientIdleMs: number
  /** How long calls are still accepted after a signal to stop, and how long calls in flight may then go on. */
  stop: { delayMs: number; graceMs: number }
  /** The most open connections of one network; null: any number. */
  connectionsPerNetwork: number | null
  /** The most bytes of a JSON request body. */
  jsonBodyBytes: number
  /** The most bytes of forms that each process of the gateway keeps in files at once. */
  uploadSpoolBytes: number
  /** Common calls go through the gateway's own HTTP/1.1, all others through node:http and undici; false: all of them do. */
  fastLane: boolean
  /** For whoever starts the server, one a line: former names of settings that are still in use, proxies that cannot be used. */
  warnings: string[]
  /** Every setting, for admins. */
  environment: EnvironmentValue[]
}

/** What is stored of the content of calls. */
export type ContentSettings = {
  /** For keys whose policy does not say. */
  capture: ContentCapture
  /** Of each request body and each response body. */
  maxBytes: number
  days: number
  /** Of all stored content together; null: no bound. */
  quotaBytes: number | null
  redaction: RedactionRules
}

/** Days that request logs and rollups are kept; null: for ever. */
export type Retention = { logDays: number | null; statsDays: number | null }

/** Every fault of the environment, one a line; never holds the value of a secret. */
export class ConfigError extends StartError {
  override readonly name = 'ConfigError'
}

/** The text of each setting, with its default; null: not set. */
type Values = Record<SettingName, string | null>

/**
 * Reads the configuration from an environment. An empty variable counts as absent.
 * Throws ConfigError with every fault at once: invalid values, unreadable files, unknown LATCHKEY_ names, a former name of a
 * setting beside the present one with another value.
 */
export function readConfig(environment: Environment): Config {
  const { env, warnings, faults: renamed } = replaceDeprecatedNames(environment)
  const faults = [...unknownNames(env), ...renamed]
  const value = (name: SettingName): string | null => {
    const { text, fault } = readSetting(env, name)
    if (fault !== null) faults.push(fault)
    return text
  }
  const values = Object.fromEntries(
    (Object.keys(SETTINGS) as SettingName[]).map((name) => [name, value(name)]),
  ) as Values
  faults.push(...conflictsOf(values))
  // With the warnings: a fault of a value names the present setting, and the former one may be what is set.
  if (faults.length > 0) throw new ConfigError([...faults, ...warnings].join('\n'))
  const upstreams = upstreamsOf(values).map((upstream) => throughProxy(upstream, env))
  const dataDir = resolve(values.LATCHKEY_DATA_DIR ?? './data')
  return {
    environment: environmentValues(env, values),
    host: values.LATCHKEY_HOST ?? '127.0.0.1',
    port: Number(values.LATCHKEY_PORT),
    publicUrl: values.LATCHKEY_PUBLIC_URL === null ? null : new URL(values.LATCHKEY_PUBLIC_URL).origin,
    trustedProxies: networksIn(values.LATCHKEY_TRUSTED_PROXIES ?? '').filter((network) => network !== null),
    workers: values.LATCHKEY_WORKERS === 'auto' ? autoWorkers() : Number(values.LATCHKEY_WORKERS),
    dataDir,
    database: values.DATABASE_URL ?? join(dataDir, 'latchkey.db'),
    adminPassword: values.LATCHKEY_ADMIN_PASSWORD,
    adminToken: values.LATCHKEY_ADMIN_TOKEN,
    adminTokenNext: values.LATCHKEY_ADMIN_TOKEN_NEXT,
    encryptionKey: values.LATCHKEY_ENCRYPTION_KEY,
    encryptionKeyLost: values.LATCHKEY_ENCRYPTION_KEY_LOST === 'on',
    upstreams: upstreams.map(({ upstream }) => upstream),
    privateUpstreams: values.LATCHKEY_PRIVATE_UPSTREAMS === 'refuse' ? 'refuse' : 'allow',
    defaultModel: defaultModelOf(values),
    retention: {
      logDays: Number(values.LATCHKEY_LOG_RETENTION_DAYS) || null,
      statsDays: Number(values.LATCHKEY_STATS_RETENTION_DAYS) || null,
    },
    auditDays: Number(values.LATCHKEY_AUDIT_RETENTION_DAYS) || null,
    auditWebhook:
      values.LATCHKEY_AUDIT_WEBHOOK_URL === null || values.LATCHKEY_AUDIT_WEBHOOK_SECRET === null
        ? null
        : { url: values.LATCHKEY_AUDIT_WEBHOOK_URL, secret: values.LATCHKEY_AUDIT_WEBHOOK_SECRET },
    auditSyslog: values.LATCHKEY_AUDIT_SYSLOG === null ? null : syslogTargetIn(values.LATCHKEY_AUDIT_SYSLOG),
    content: {
      capture: captureNamed(values.LATCHKEY_CONTENT_CAPTURE) ?? 'OFF',
      maxBytes: Number(values.LATCHKEY_CONTENT_MAX_BYTES),
      days: Number(values.LATCHKEY_CONTENT_RETENTION_DAYS),
      quotaBytes: Number(values.LATCHKEY_CONTENT_QUOTA_MB) * 1_000_000 || null,
      redaction: redactionRules(
        values.LATCHKEY_CONTENT_REDACT ?? 'none',
        values.LATCHKEY_CONTENT_REDACT_PATTERNS ?? '[]',
      ),
    },
    sessionMs: Number(values.LATCHKEY_WEBSOCKET_MAX_SECONDS) * 1_000,
    objects: {
      days: Number(values.LATCHKEY_OBJECT_RETENTION_DAYS),
      max: Number(values.LATCHKEY_OBJECTS_MAX),
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
    clientIdleMs: Number(values.LATCHKEY_CLIENT_IDLE_TIMEOUT_SECONDS) * 1_000,
    stop: {
      delayMs: Number(values.LATCHKEY_STOP_DELAY_SECONDS) * 1_000,
      graceMs: Number(values.LATCHKEY_STOP_GRACE_SECONDS) * 1_000,
    },
    connectionsPerNetwork: Number(values.LATCHKEY_CONNECTIONS_PER_NETWORK) || null,
    jsonBodyBytes: Number(values.LATCHKEY_JSON_BODY_MAX_BYTES),
    uploadSpoolBytes: Number(values.LATCHKEY_UPLOAD_SPOOL_BYTES),
    fastLane: values.LATCHKEY_FAST_LANE === 'on',
    warnings: [...warnings, ...new Set(upstreams.flatMap(({ warning }) => warning ?? []))],
  }
}

/** Settings that do not fit each other, a sentence for each. */
function conflictsOf(values: Values): string[] {
  const faults: string[] = []
  if (values.LATCHKEY_UPSTREAM_KEY !== null && values.LATCHKEY_UPSTREAM_URL === null) {
    faults.push(
      'LATCHKEY_UPSTREAM_KEY is set without LATCHKEY_UPSTREAM_URL: say which upstream the key is for',
    )
  }
  if (
    values.LATCHKEY_ADMIN_TOKEN_NEXT !== null &&
    values.LATCHKEY_ADMIN_TOKEN === values.LATCHKEY_ADMIN_TOKEN_NEXT
  ) {
    faults.push(
      'LATCHKEY_ADMIN_TOKEN_NEXT is LATCHKEY_ADMIN_TOKEN: leave it out once automation sends the new token',
    )
  }
  if ((values.LATCHKEY_AUDIT_WEBHOOK_URL === null) !== (values.LATCHKEY_AUDIT_WEBHOOK_SECRET === null)) {
    faults.push('LATCHKEY_AUDIT_WEBHOOK_URL and LATCHKEY_AUDIT_WEBHOOK_SECRET go together: set both or none')
  }
  return faults
}

// The OpenAI API names its models by family, and new ones appear in a family before a release of ours.
const OPENAI_MODELS =
  'gpt-* chatgpt-* o1* o3* o4* codex-* computer-use-* text-embedding-3-* text-embedding-ada-* text-moderation-* omni-moderation-* whisper-* tts-* dall-e-* sora-* davinci-* babbage-* ft:*'.split(
    ' ',
  )
const GEMINI_MODELS = 'gemini-* gemma-* models/gemini-* text-embedding-004 embedding-* imagen-* veo-*'.split(
  ' ',
)

function upstreamsOf(values: Values): Upstream[] {
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

function throughProxy(upstream: Upstream, env: Environment): { upstream: Upstream; warning: string | null } {
  const { proxyUrl, warning } = environmentProxy(env, upstream.baseUrl)
  return { upstream: proxyUrl === null ? upstream : { ...upstream, proxyUrl }, warning }
}

function defaultModelOf(values: Values): string | null {
  if (values.LATCHKEY_DEFAULT_MODEL !== null) return values.LATCHKEY_DEFAULT_MODEL
  // LATCHKEY_UPSTREAM_URL takes any model: it gets the name that the client sent.
  if (values.LATCHKEY_UPSTREAM_URL !== null) return null
  if (values.GEMINI_API_KEY !== null) return 'gemini-flash-latest'
  if (values.OPENAI_API_KEY !== null) return 'gpt-5-mini'
  return 'echo'
}

function autoWorkers(): number {
  return Math.min(WORKERS_MAX, availableParallelism())
}
