// The validators of settings: each returns what is wrong with a value, as the end of a sentence, or null.
import { accessSync, constants } from 'node:fs'
import { GUESS_BITS_MIN, guessBits } from '../../domain/admins/guess-bits.ts'
import { readNetwork } from '../../domain/policy/input/address-list.ts'
import { CONTENT_CAPTURES, type ContentCapture } from '../../domain/policy/key-policy.ts'

export type Fault = (value: string) => string | null

/** The most processes that may be configured. */
export const WORKERS_MAX = 64

/** A number of processes, or `auto`. */
export function workersFault(value: string): string | null {
  return value === 'auto' || (/^\d{1,2}$/.test(value) && Number(value) >= 1 && Number(value) <= WORKERS_MAX)
    ? null
    : `must be a whole number from 1 to ${WORKERS_MAX}, or auto`
}

const NETWORKS_MAX = 100

/** The networks of a comma-separated list, in canonical form; null for each entry that is no network. */
export function networksIn(list: string): (string | null)[] {
  return list.split(',').map(readNetwork)
}

/** Addresses and networks, separated by commas; none that holds every address. */
export function networksFault(value: string): string | null {
  const networks = networksIn(value)
  if (networks.length > NETWORKS_MAX) return `must name at most ${NETWORKS_MAX} addresses and networks`
  const wrong = networks.indexOf(null)
  if (wrong !== -1)
    return `must be IP addresses and networks in CIDR notation, parted by commas; number ${wrong + 1} is none`
  if (networks.some((network) => network?.endsWith('/0')))
    return 'must not name every address there is: anyone could then pass for anyone'
  return null
}

/** Any text that is more than white space. */
export function notBlank(value: string): string | null {
  return value.trim() === '' ? 'is blank' : null
}

/** `on` or `off`. */
export function switchFault(value: string): string | null {
  return value === 'on' || value === 'off' ? null : 'must be `on` or `off`'
}

/** The capture mode of that name in lower case; undefined for any other. */
export function captureNamed(name: string | null): ContentCapture | undefined {
  return CONTENT_CAPTURES.find((capture) => capture.toLowerCase() === name)
}

/** One of CONTENT_CAPTURES, in lower case. */
export function captureFault(value: string): string | null {
  return captureNamed(value) === undefined ? 'must be off, metadata, errors or full' : null
}

/** A whole number from `min` to `max`, both included. */
export function wholeFault(min: number, max: number): Fault {
  return (value) =>
    /^\d{1,15}$/.test(value) && Number(value) >= min && Number(value) <= max
      ? null
      : `must be a whole number from ${min} to ${max}`
}

/** 0, or a number of days from 30 on. */
export function auditDaysFault(value: string): string | null {
  return value === '0' || wholeFault(30, 36_500)(value) === null
    ? null
    : 'must be 0 or a whole number from 30 to 36500'
}

/** An http or https URL without user or fragment. Never repeats a part of it: a path or a query may be a secret. */
export function webhookUrlFault(value: string): string | null {
  const url = URL.canParse(value) ? new URL(value) : null
  if (url === null || !/^https?:$/.test(url.protocol)) return 'must be an http:// or https:// URL'
  return url.username !== '' || url.password !== '' || url.hash !== ''
    ? 'must not hold a user, a password or a fragment'
    : null
}

/** A secret of Standard Webhooks. */
export function webhookSecretFault(value: string): string | null {
  const bytes = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(value)?.[1]
  const length = bytes === undefined ? 0 : Buffer.from(bytes, 'base64').length
  return length >= 24 && length <= 64
    ? null
    : 'must be whsec_ and 24 to 64 bytes in base64: make it with `echo whsec_$(openssl rand -base64 32)`'
}

/** The receiver that a URL such as `tls://logs.example.com:6514` names; null where it names none. */
export function syslogTargetIn(
  value: string,
): { protocol: 'udp' | 'tcp' | 'tls'; host: string; port: number } | null {
  const [, protocol, host = '', port = ''] =
    /^(udp|tcp|tls):\/\/(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})$/.exec(value) ?? []
  if (
    (protocol !== 'udp' && protocol !== 'tcp' && protocol !== 'tls') ||
    Number(port) < 1 ||
    Number(port) > 65_535
  )
    return null
  return { protocol, host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}

/** Such a URL. */
export function syslogFault(value: string): string | null {
  return syslogTargetIn(value) === null
    ? 'must be such as tls://logs.example.com:6514, tcp:// or udp://'
    : null
}

/** A text of `min` to `max` characters. */
export function lengthFault(min: number, max: number): Fault {
  return (value) =>
    value.length >= min && value.length <= max ? null : `must have ${min} to ${max} characters`
}

/** A token of 24 to 512 characters that cannot be guessed. Never repeats a part of it. */
export function adminTokenFault(value: string): string | null {
  const length = lengthFault(24, 512)(value)
  if (length !== null) return `${length}; ${HOW_TO_MAKE_ONE}`
  return guessBits(value) >= GUESS_BITS_MIN
    ? null
    : `can be guessed: it is made of words, repeats or sequences; ${HOW_TO_MAKE_ONE}`
}

const HOW_TO_MAKE_ONE = 'make one with `openssl rand -base64 32`'

/** A secret that can be sent in a header: 1 to 4,096 printable ASCII characters without spaces. */
export function headerFault(value: string): string | null {
  return /^[\x21-\x7e]{1,4096}$/.test(value)
    ? null
    : 'must be printable ASCII without spaces, at most 4,096 characters'
}

/** A PostgreSQL URL. */
export function databaseFault(value: string): string | null {
  if (!/^postgres(ql)?:\/\/./.test(value) || !URL.canParse(value))
    return 'must be a URL such as postgresql://user:password@host:5432/latchkey'
  const { searchParams, username, password } = new URL(value)
  if ((searchParams.get('schema') ?? 'public') !== 'public')
    return 'names a schema, and Latchkey uses the schema public: give it a database of its own'
  const sslmode = searchParams.get('sslmode')
  if (sslmode !== null && !/^(disable|allow|prefer|require|verify-ca|verify-full|no-verify)$/.test(sslmode))
    return 'has an sslmode that does not exist: disable, prefer, require, verify-ca or verify-full'
  for (const file of ['sslcert', 'sslkey', 'sslrootcert']) {
    const path = searchParams.get(file)
    if (path !== null && !isReadable(path)) return `names a file in ${file} that cannot be read`
  }
  if ([username, password].some((part) => !isPercentEncoded(part)))
    return 'has a user or a password that is not percent-encoded: write % as %25'
  return null
}

/** An http or https URL without user, query or fragment. */
export function urlFault(value: string): string | null {
  const url = URL.canParse(value) ? new URL(value) : null
  if (url === null || !/^https?:$/.test(url.protocol)) return 'must be an http:// or https:// URL'
  if (url.username !== '' || url.password !== '')
    return 'must not hold a user or password: use LATCHKEY_UPSTREAM_KEY'
  if (url.search !== '' || url.hash !== '') return 'must not have a query or fragment'
  return null
}

/** An http or https URL of a scheme, a host and a port. */
export function publicUrlFault(value: string): string | null {
  const url = URL.canParse(value) ? new URL(value) : null
  if (url === null || !/^https?:$/.test(url.protocol))
    return 'must be an http:// or https:// URL, such as https://latchkey.example.com'
  // The part before the host may be a password, and is not repeated.
  if (url.username !== '' || url.password !== '') return 'must not hold a user or password'
  if (url.pathname !== '/' || /[?#]/.test(value))
    return `must be a scheme, a host and a port alone (${url.origin}): the console is served at the root of its host`
  return null
}

/** 32 bytes in base64url. */
export function fernetKeyFault(value: string): string | null {
  return /^[A-Za-z0-9_-]{43}=?$/.test(value)
    ? null
    : 'must be 32 bytes in base64url, 44 characters, as Fernet keys are'
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}

function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
