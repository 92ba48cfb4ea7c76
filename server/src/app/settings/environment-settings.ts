// The table of settings: for each environment variable its default, its meaning and its validator.
import { patternsFault, redactionNamesFault } from '../../domain/content/redaction-rules.ts'
import {
  adminTokenFault,
  auditDaysFault,
  captureFault,
  databaseFault,
  fernetKeyFault,
  headerFault,
  lengthFault,
  networksFault,
  notBlank,
  publicUrlFault,
  switchFault,
  syslogFault,
  urlFault,
  webhookSecretFault,
  webhookUrlFault,
  wholeFault,
  workersFault,
} from './setting-validators.ts'

export type Setting = {
  default: string | null
  /** Also read from the file that NAME_FILE names; its value is never repeated. */
  secret: boolean
  /** What is wrong with a value, as the end of a sentence; null for a valid one. */
  fault(value: string): string | null
  /** As the README's table has it. */
  meaning: string
}

/** Every setting, in the order of the README's table. */
export const SETTINGS = {
  LATCHKEY_HOST: setting('127.0.0.1', 'Address to listen on; `0.0.0.0` for every interface', notBlank),
  LATCHKEY_PORT: setting('8000', 'Port to listen on; `0` takes a free one', wholeFault(0, 65_535)),
  LATCHKEY_PUBLIC_URL: setting(
    null,
    'Where browsers reach the console through a proxy: scheme, host and port, such as `https://latchkey.example.com`; absent: the scheme is the one in `X-Forwarded-Proto` of a trusted proxy',
    publicUrlFault,
  ),
  LATCHKEY_TRUSTED_PROXIES: setting(
    null,
    'Addresses and networks of the proxies in front of Latchkey, separated by commas, such as `127.0.0.1, 10.0.0.0/8` (at most 100): the client is the one that their `X-Forwarded-For` names; absent: the one that connects',
    networksFault,
  ),
  LATCHKEY_WORKERS: setting(
    '1',
    'Processes that serve `/v1` (1 to 64), or `auto` for one per core; 1: one process for everything',
    workersFault,
  ),
  LATCHKEY_DATA_DIR: setting('./data', 'Where the SQLite file and the encryption key are kept', notBlank),
  DATABASE_URL: secret('`postgresql://…`; absent: a SQLite file in the data directory', databaseFault),
  LATCHKEY_ADMIN_PASSWORD: secret(
    'Makes the first admin, `admin`, with this password (12 to 1,024 characters); changes none later, for which there is `latchkey admin reset-password`',
    lengthFault(12, 1_024),
  ),
  LATCHKEY_ADMIN_TOKEN: secret(
    'An admin token for automation: 24 to 512 random characters, such as `openssl rand -base64 32` prints; one that can be guessed is refused',
    adminTokenFault,
  ),
  LATCHKEY_ADMIN_TOKEN_NEXT: secret(
    'A second admin token, valid beside the first while automation is moved to it; then it becomes the first',
    adminTokenFault,
  ),
  LATCHKEY_UPSTREAM_URL: setting(
    null,
    'Base URL of an upstream that takes any model, such as `http://127.0.0.1:11434/v1`',
    urlFault,
  ),
  LATCHKEY_UPSTREAM_KEY: secret('Credential of that upstream, sent as a bearer token', headerFault),
  LATCHKEY_DEFAULT_MODEL: setting(null, 'Model that `auto` and `local-gemini-auto` stand for', notBlank),
  LATCHKEY_PRIVATE_UPSTREAMS: setting(
    'allow',
    'Whether upstreams that admins set up may be in private networks: `allow` or `refuse`',
    (value) => (/^(allow|refuse)$/.test(value) ? null : 'must be allow or refuse'),
  ),
  LATCHKEY_DRAIN_SECONDS: setting(
    '10',
    'How long a stream is still read, for its token usage, after its client has disconnected (1 to 600); 0: not at all',
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
    'How long an upstream may take until its response head (1 to 86400)',
    wholeFault(1, 86_400),
  ),
  LATCHKEY_UPSTREAM_IDLE_TIMEOUT_SECONDS: setting(
    '300',
    'How long an upstream may send nothing within its response (1 to 86400)',
    wholeFault(1, 86_400),
  ),
  LATCHKEY_ROUTING_EXTRA_ATTEMPTS: setting(
    '3',
    'How many more attempts a call may take (retries and failover) while nothing has been sent to the client (0 to 10)',
    wholeFault(0, 10),
  ),
  // As long as a single attempt may take.
  LATCHKEY_ROUTING_DEADLINE_SECONDS: setting(
    '600',
    'How long all attempts of a call with more than one candidate route may take, until the response head (1 to 86400)',
    wholeFault(1, 86_400),
  ),
  LATCHKEY_ROUTING_BREAKER_FAILURES: setting(
    '5',
    'After how many failures in a row the circuit breaker of an upstream opens (1 to 1000); 0: never',
    wholeFault(0, 1_000),
  ),
  LATCHKEY_CLIENT_IDLE_TIMEOUT_SECONDS: setting(
    '60',
    'How long a client may send nothing within a request body, or read nothing of a response, before it is disconnected (1 to 86400)',
    wholeFault(1, 86_400),
  ),
  LATCHKEY_STOP_DELAY_SECONDS: setting(
    '0',
    'How long calls are still accepted after a signal to stop, while `/readyz` is 503 already: as long as load balancers take to notice (0 to 600)',
    wholeFault(0, 600),
  ),
  LATCHKEY_STOP_GRACE_SECONDS: setting(
    '30',
    'How long calls in flight may go on after that, until they are interrupted (0 to 86400)',
    wholeFault(0, 86_400),
  ),
  LATCHKEY_CONNECTIONS_PER_NETWORK: setting(
    '1000',
    'The most open connections of one IPv4 address or IPv6 /64, counted by each process; a /56 may have twice as many, a /48 four times. Trusted proxies and this machine are not counted (1 to 1000000); 0: no bound',
    wholeFault(0, 1_000_000),
  ),
  // OpenAI's largest vision request is 50 MB. V8 holds no string of more than 512 MiB.
  LATCHKEY_JSON_BODY_MAX_BYTES: setting(
    '67108864',
    'The most bytes of a JSON request body, also once it is decompressed (65536 to 536870912)',
    wholeFault(65_536, 536_870_912),
  ),
  LATCHKEY_WEBSOCKET_MAX_SECONDS: setting(
    '7200',
    'How long a WebSocket under `/v1` may stay open (1 to 86400)',
    wholeFault(1, 86_400),
  ),
  // Hundreds of recordings of the 25 MB that OpenAI takes are on their way to an upstream for a second or two.
  LATCHKEY_UPLOAD_SPOOL_BYTES: setting(
    '4294967296',
    'The most bytes of forms with files (`/v1/audio/transcriptions`, `/v1/images/edits` …) over 1 MiB that each process of the gateway keeps in temporary files in the data directory until they are sent on, half of it for one key (1048576 to 1099511627776)',
    wholeFault(1_048_576, 1_099_511_627_776),
  ),
  LATCHKEY_FAST_LANE: setting(
    'on',
    'Common calls take a shorter code path with the same behavior; `off`: none does',
    switchFault,
  ),
  LATCHKEY_LOG_RETENTION_DAYS: setting(
    '90',
    'Days that request logs are kept (1 to 36500); 0: for ever',
    wholeFault(0, 36_500),
  ),
  LATCHKEY_STATS_RETENTION_DAYS: setting(
    '730',
    'Days that the usage rollups behind the statistics are kept (1 to 36500); 0: for ever',
    wholeFault(0, 36_500),
  ),
  LATCHKEY_AUDIT_RETENTION_DAYS: setting(
    '0',
    'Days that audit events are kept (30 to 36500); 0: for ever',
    auditDaysFault,
  ),
  LATCHKEY_AUDIT_WEBHOOK_URL: secret(
    'Where each audit event is sent as a signed webhook; needs `LATCHKEY_AUDIT_WEBHOOK_SECRET`',
    webhookUrlFault,
  ),
  LATCHKEY_AUDIT_WEBHOOK_SECRET: secret(
    'What those are signed with (Standard Webhooks): `whsec_` and 24 to 64 random bytes in base64',
    webhookSecretFault,
  ),
  LATCHKEY_AUDIT_SYSLOG: setting(
    null,
    'Where each audit event is sent as a message of syslog (RFC 5424): `tls://`, `tcp://` or `udp://`, a host and a port',
    syslogFault,
  ),
  LATCHKEY_CONTENT_CAPTURE: setting(
    'off',
    'What is stored of the content of calls, unless the policy of their key says: `off`, `metadata`, `errors` or `full`',
    captureFault,
  ),
  // Most conversations fit, and a journal line with both bodies is written in a millisecond.
  LATCHKEY_CONTENT_MAX_BYTES: setting(
    '262144',
    'Bytes that are stored of a request body and of a response body (1024 to 4194304)',
    wholeFault(1_024, 4_194_304),
  ),
  LATCHKEY_CONTENT_RETENTION_DAYS: setting(
    '7',
    'Days that content is kept, if its request log is kept as long (1 to 365)',
    wholeFault(1, 365),
  ),
  LATCHKEY_CONTENT_QUOTA_MB: setting(
    '5000',
    'Megabytes that all stored content may take in the database; beyond it the oldest is removed (1 to 100000000); 0: no bound',
    wholeFault(0, 100_000_000),
  ),
  LATCHKEY_CONTENT_REDACT: setting(
    'token,base64',
    'What is redacted in content before it is stored: `email`, `card`, `phone`, `token`, `uuid`, `base64`, separated by commas; or `none`',
    redactionNamesFault,
  ),
  LATCHKEY_CONTENT_REDACT_PATTERNS: setting(
    '[]',
    'Regular expressions of what else is redacted, as a JSON list (at most 20 of 200 characters)',
    patternsFault,
  ),
  LATCHKEY_OBJECT_RETENTION_DAYS: setting(
    '30',
    'Days without use after which it is forgotten which key and upstream an object (a response, a file, a batch) belongs to (1 to 3650)',
    wholeFault(1, 3_650),
  ),
  LATCHKEY_OBJECTS_MAX: setting(
    '1000000',
    'Objects of which that is known at most; beyond it those used longest ago are forgotten (1000 to 100000000)',
    wholeFault(1_000, 100_000_000),
  ),
  OPENAI_API_KEY: secret('Makes an upstream of the OpenAI API', headerFault),
  GEMINI_API_KEY: secret('Makes an upstream of the Gemini API', headerFault),
  LATCHKEY_ENCRYPTION_KEY: secret(
    'Fernet key (32 bytes, base64url) for encrypted copies and upstream credentials; absent: made in the data directory',
    fernetKeyFault,
  ),
  LATCHKEY_ENCRYPTION_KEY_LOST: setting(
    'off',
    '`on`: start although the encryption key opens none of the stored credentials, which then have to be entered again',
    switchFault,
  ),
} as const satisfies Record<string, Setting>

/** The name of a setting. */
export type SettingName = keyof typeof SETTINGS

function setting(fallback: string | null, meaning: string, fault: Setting['fault']): Setting {
  return { default: fallback, secret: false, fault, meaning }
}

function secret(meaning: string, fault: Setting['fault']): Setting {
  return { default: null, secret: true, fault, meaning }
}
