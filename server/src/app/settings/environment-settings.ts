// The environment's settings: each with its default, what it means and what is wrong with a value; and how one is read.
import { readFileSync } from 'node:fs'
import { patternsFault, redactionNamesFault } from '../../domain/content/redaction-rules.ts'
import {
  captureFault,
  databaseFault,
  fernetKeyFault,
  headerFault,
  lengthFault,
  networksFault,
  notBlank,
  switchFault,
  urlFault,
  wholeFault,
  workersFault,
} from './setting-validators.ts'

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

/** The name of a setting. */
export type SettingName = keyof typeof SETTINGS

// Read by the SDK, and often set in the same shell.
const OTHERS = ['LATCHKEY_URL']

function setting(fallback: string | null, meaning: string, fault: Setting['fault']): Setting {
  return { default: fallback, secret: false, fault, meaning }
}

function secret(meaning: string, fault: Setting['fault']): Setting {
  return { default: null, secret: true, fault, meaning }
}

/**
 * The text of one setting, trimmed where it comes from a file, and what is wrong with it; both null: it is absent. An empty
 * variable counts as absent.
 */
export function readSetting(
  env: Record<string, string | undefined>,
  name: SettingName,
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

/** Names that begin like ours and are none of ours, each as a sentence with the nearest that there is. */
export function unknownNames(env: Record<string, string | undefined>): string[] {
  const files = (Object.keys(SETTINGS) as SettingName[])
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
