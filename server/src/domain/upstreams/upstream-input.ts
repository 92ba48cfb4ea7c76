// The rules for what an admin may write on an upstream, its credentials and its headers.
import { displayTextFault } from '../display-text.ts'
import { DAY_MS } from '../time.ts'
import { type Bounds, failed, ok, problemsOf, type Result } from '../user-error.ts'
import { HOP_BY_HOP } from './hop-by-hop.ts'
import { type AddressPolicy, addressFaultMessage, hostFault } from './upstream-address.ts'

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/
const URL_MAX = 2_048
const CREDENTIALS_MAX = 50
const CREDENTIAL_NAME_MAX = 100
const HEADERS_MAX = 32
const WEIGHT_MAX = 1_000
const TIMEOUT_MIN_MS = 100

/** The bounds of the timeouts, in milliseconds. A model may reason for long before its first byte. */
export const TIMEOUTS_MAX_MS = {
  connectTimeoutMs: 600_000,
  firstByteTimeoutMs: DAY_MS,
  idleTimeoutMs: DAY_MS,
} as const

export type CredentialInput = {
  /** The number of a credential that the upstream has; null: a new one. */
  number: number | null
  name: string | null
  /** Null keeps the secret of one that there is. */
  secret: string | null
  weight: number
  enabled: boolean
}

export type HeaderInput = {
  name: string
  /** Null keeps the value of a header that there is. */
  value: string | null
  /** The value is kept sealed, and never shown. */
  secret: boolean
}

/** 1 to 64 lower-case letters, digits and `. _ -`: it stands in logs, metrics and ids. */
export function readUpstreamName(sent: string): Result<string> {
  const name = sent.trim()
  if (name === '') return failed('REQUIRED', 'name', 'name must not be empty. Say which upstream it is.')
  if (NAME.test(name)) return ok(name)
  return failed(
    'INVALID',
    'name',
    'name must be 1 to 64 lower-case letters, digits, ".", "_" or "-", the first a letter or digit, such as "openai-eu".',
    { minLength: 1, maxLength: 64 },
  )
}

/** An http or https URL in its canonical spelling, without a slash at the end, to whose host requests may be sent. */
export function readBaseUrl(sent: string, policy: AddressPolicy): Result<string> {
  return readUrl('baseUrl', sent, policy, 'Give the secret as a credential instead.')
}

/** The URL of an HTTP proxy, by the same rules; nothing but space counts as none. */
export function readProxyUrl(sent: string | null, policy: AddressPolicy): Result<string | null> {
  if (sent === null || sent.trim() === '') return ok(null)
  const read = readUrl('proxyUrl', sent, policy, 'Use a proxy that lets this server in by its address.')
  if (!read.ok || new URL(read.value).pathname === '/') return read
  return failed(
    'INVALID',
    'proxyUrl',
    'proxyUrl must be the address of a proxy alone, such as http://10.0.0.1:3128.',
  )
}

/** A timeout in milliseconds; null: the default of the server. */
export function readTimeout(name: keyof typeof TIMEOUTS_MAX_MS, sent: number | null): Result<number | null> {
  const max = TIMEOUTS_MAX_MS[name]
  if (sent === null || (Number.isInteger(sent) && sent >= TIMEOUT_MIN_MS && sent <= max)) return ok(sent)
  return failed(
    'OUT_OF_RANGE',
    name,
    `${name} must be from ${TIMEOUT_MIN_MS} to ${max}; null: what the server is set to.`,
    { min: TIMEOUT_MIN_MS, max },
  )
}

/** All the credentials that an upstream is to have. */
export function readCredentials(sent: readonly CredentialInput[]): Result<CredentialInput[]> {
  if (sent.length > CREDENTIALS_MAX) {
    return failed('TOO_LONG', 'credentials', `An upstream has at most ${CREDENTIALS_MAX} credentials.`, {
      maxItems: CREDENTIALS_MAX,
    })
  }
  const wrong = sent.flatMap((credential, at) => {
    const fault = credentialFault(credential)
    return fault === null
      ? []
      : problemsOf(failed('INVALID', 'credentials', `credentials[${at}]: ${fault.says}`, fault.bounds))
  })
  const numbers = sent.flatMap(({ number }) => (number === null ? [] : [number]))
  if (new Set(numbers).size < numbers.length)
    wrong.push(...problemsOf(failed('INVALID', 'credentials', 'credentials: the same id is there twice.')))
  if (wrong.length > 0) return { ok: false, errors: wrong }
  return ok(sent.map((credential) => ({ ...credential, name: credential.name?.trim() || null })))
}

/** All the headers that an upstream is to be sent; names come back in lower case. */
export function readHeaders(sent: readonly HeaderInput[]): Result<HeaderInput[]> {
  if (sent.length > HEADERS_MAX) {
    return failed('TOO_LONG', 'headers', `An upstream has at most ${HEADERS_MAX} headers.`, {
      maxItems: HEADERS_MAX,
    })
  }
  const headers = sent.map((header) => ({
    ...header,
    name: header.name.trim().toLowerCase(),
    value: header.value?.trim() ?? null,
  }))
  const wrong = headers.flatMap((header, at) => {
    const fault = headerFault(header)
    return fault === null ? [] : [`headers[${at}]: ${fault}`]
  })
  if (new Set(headers.map(({ name }) => name)).size < headers.length) {
    wrong.push('headers: the same name is there twice.')
  }
  return wrong.length > 0 ? failed('INVALID', 'headers', wrong.join(' ')) : ok(headers)
}

/** What is wrong with one item of a list; `bounds` where that is a number or a length. */
export type ItemFault = { says: string; bounds?: Bounds }

/** A weight: 1 to 1,000. Null where it is one. */
export function weightFault(weight: number): ItemFault | null {
  const fits = Number.isInteger(weight) && weight >= 1 && weight <= WEIGHT_MAX
  if (fits) return null
  return {
    says: `weight must be a whole number from 1 to ${WEIGHT_MAX}.`,
    bounds: { min: 1, max: WEIGHT_MAX },
  }
}

const EXAMPLES = { baseUrl: 'https://api.example.com/v1', proxyUrl: 'http://proxy.example.com:3128' }

function readUrl(
  field: 'baseUrl' | 'proxyUrl',
  sent: string,
  policy: AddressPolicy,
  instead: string,
): Result<string> {
  const text = sent.trim()
  if (text === '') return failed('REQUIRED', field, `${field} must not be empty: say where the upstream is.`)
  if (text.length > URL_MAX)
    return failed('TOO_LONG', field, `${field} has at most ${URL_MAX} characters.`, { maxLength: URL_MAX })
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    return failed(
      'INVALID',
      field,
      `${field} must be an http:// or https:// URL, such as ${EXAMPLES[field]}.`,
    )
  }
  // Never repeated: it may be a password.
  if (url.username !== '' || url.password !== '' || /^\w+:\/*[^/?#]*@/.test(text)) {
    return failed('INVALID', field, `${field} must not hold a user or password. ${instead}`)
  }
  if (/[?#]/.test(text)) return failed('INVALID', field, `${field} must not have a query or fragment.`)
  const fault = hostFault(url.hostname, policy)
  if (fault !== null) return failed('INVALID', field, `${field}: ${addressFaultMessage(fault, url.hostname)}`)
  const path = url.pathname.replace(/\/+$/, '')
  return ok(field === 'proxyUrl' && path === '' ? `${url.origin}/` : url.origin + path)
}

function credentialFault({ number, name, secret, weight }: CredentialInput): ItemFault | null {
  if (number === null && secret === null)
    return { says: 'secret must not be empty: say what the upstream is to be sent.' }
  if (secret !== null && !/^[\x21-\x7e]{1,4096}$/.test(secret)) {
    return {
      says: 'secret must be printable ASCII without spaces, 1 to 4,096 characters.',
      bounds: { minLength: 1, maxLength: 4_096 },
    }
  }
  const nameFault = name === null ? null : credentialNameFault(name)
  if (nameFault === null) return weightFault(weight)
  return { says: nameFault, bounds: { maxLength: CREDENTIAL_NAME_MAX } }
}

function credentialNameFault(name: string): string | null {
  // A code point has up to two UTF-16 units.
  if (name.length > 2 * CREDENTIAL_NAME_MAX || [...name].length > CREDENTIAL_NAME_MAX)
    return `name must have at most ${CREDENTIAL_NAME_MAX} characters.`
  const fault = displayTextFault(name, { lines: false })
  return fault === null ? null : `name ${fault}`
}

// What belongs to one connection (RFC 9110 §7.6.1), what the gateway makes for each request, and what credentials are for.
const RESERVED_HEADERS = [
  ...HOP_BY_HOP,
  'host',
  'content-length',
  'content-type',
  'content-encoding',
  'accept-encoding',
  'expect',
]
const CREDENTIAL_HEADERS = ['authorization', 'api-key']

function headerFault({ name, value }: HeaderInput): string | null {
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]{1,128}$/.test(name)) {
    return 'name must be the name of an HTTP header, such as "x-team".'
  }
  if (CREDENTIAL_HEADERS.includes(name)) return `${name} is sent from the credentials: set one of those.`
  if (RESERVED_HEADERS.includes(name)) return `${name} is made for each request and cannot be set.`
  if (value === null || /^[\x20-\x7e]{1,4096}$/.test(value)) return null
  return 'value must be printable ASCII, 1 to 4,096 characters.'
}
