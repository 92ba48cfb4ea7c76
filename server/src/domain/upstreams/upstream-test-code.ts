// What a step of an upstream's test found, as codes: for programs, and for the console, which says it in the language of its reader.
import { CONNECTION_FAULTS } from './connection-fault.ts'

/** Each code with its meaning. First those of steps that succeeded. */
export const UPSTREAM_TEST_CODES = {
  RESOLVED: 'The name resolves to allowed addresses.',
  ADDRESS_GIVEN: 'The base URL has an address in place of a name, and it is allowed.',
  CONNECTED: 'There is a connection to the upstream.',
  CONNECTED_TO_PROXY: 'There is a connection to the proxy before the upstream.',
  TLS_TRUSTED: 'The certificate is trusted.',
  PLAIN_HTTP: 'The connection is not encrypted: the base URL is http://.',
  PLAIN_PROXY:
    'The connection to the proxy is not encrypted. The connection to the upstream is as its base URL says.',
  CREDENTIAL_ACCEPTED: 'The upstream accepted the credential.',
  CREDENTIAL_NOT_NEEDED: 'The upstream accepts calls without a credential.',
  CREDENTIAL_NOT_REFUSED: 'The upstream did not refuse the credential, nor give a list.',
  MODELS_LISTED: 'The upstream lists models.',
  MODEL_RESPONDED: 'The model responded.',
  ECHO: 'The built-in echo needs no network.',
  ...CONNECTION_FAULTS,
  DNS_TIMEOUT: 'DNS did not respond in time.',
  TLS_TIMEOUT: 'The TLS handshake did not finish in time.',
  CREDENTIAL_MISSING: 'The upstream wants a credential, and has none here.',
  CREDENTIAL_REFUSED: 'The upstream refused the credential.',
  NO_MODEL_LIST: 'The upstream has no /models.',
  NOT_A_MODEL_LIST: 'The upstream responded to /models with something that is no list of models.',
  REDIRECTED: 'The upstream responded with a redirect, which is not followed.',
  ERROR_STATUS: 'The upstream responded with the status of an error.',
  RESPONSE_TOO_LARGE: 'The response is larger than 4 MiB.',
  CREDENTIALS_DISABLED: 'All credentials of the upstream are disabled, and none was named.',
  SECRET_UNREADABLE: 'A secret of the upstream cannot be decrypted.',
} as const

export type UpstreamTestCode = keyof typeof UPSTREAM_TEST_CODES

/** The numbers and names of a code; absent: it has none of this kind. */
export type UpstreamTestDetail = {
  host?: string
  port?: number
  /** Of the host; the first 20. */
  addresses?: string[]
  /** The version of TLS, such as TLSv1.3. */
  protocol?: string
  /** Of HTTP. */
  status?: number
  /** How many models are listed. */
  models?: number
  /** The upstream's name of the model that was called. */
  model?: string
  /** What the upstream says of its error, in its own words: up to 300 characters. */
  upstreamMessage?: string
  /** The name of the system for an unknown fault, such as EMFILE. */
  systemError?: string
}

/** What a step found, or why it failed: the code with its numbers and names, and the same in English. */
export type UpstreamTestFinding = { code: UpstreamTestCode; detail: UpstreamTestDetail; message: string }
