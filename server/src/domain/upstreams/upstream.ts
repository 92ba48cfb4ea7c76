// A provider endpoint that calls are forwarded to.
import type { AuthStyle, UpstreamKind } from './upstream-kind.ts'

export type Upstream = {
  name: string
  /** Up to and including the version, as OpenAI SDKs take it: `https://api.openai.com/v1`. No slash at the end. */
  baseUrl: string
  /** The credential that is sent to it; null: none. */
  credential: string | null
  /** The names of its models; `*` stands for any characters. */
  models: string[]
  /** Of an upstream of the environment: the proxy that the environment names, with its user and password. Absent: none. */
  proxyUrl?: string
  /** What an admin has set beside that. Absent: the credential is a bearer token, and every option has its default. */
  settings?: UpstreamSettings
}

/** The base URL of the built-in echo. */
export const ECHO_BASE_URL = 'echo:'

/** The built-in echo responds without any other server, and charges nothing. */
export function isEcho({ baseUrl }: Upstream): boolean {
  return baseUrl === ECHO_BASE_URL
}

export type UpstreamSettings = {
  /** The numbers of the upstream and of the credential in it, by which their health is kept. */
  upstreamId: number
  credentialId: number | null
  kind: UpstreamKind
  authStyle: AuthStyle
  /** Sent with every request; names in lower case. */
  headers: Readonly<Record<string, string>>
  /** The names of those of them whose values are secret. */
  secretHeaders: readonly string[]
  /** Null: as for any upstream. */
  connectTimeoutMs: number | null
  firstByteTimeoutMs: number | null
  idleTimeoutMs: number | null
  /** The HTTP proxy that connections go through; null: none. */
  proxyUrl: string | null
  /** Absent: true. False: streams are not asked for usage with `stream_options`, which this upstream refuses. */
  requestStreamUsage?: boolean
}

/** The proxy that connections to an upstream go through; null: none. */
export function proxyOf({ settings, proxyUrl }: Upstream): string | null {
  return settings?.proxyUrl ?? proxyUrl ?? null
}

/** What every request to an upstream carries, its credential included. */
export function headersOf({ credential, settings }: Upstream): Record<string, string> {
  const headers: Record<string, string> = { ...settings?.headers }
  if (credential === null) return headers
  if (settings?.authStyle === 'API_KEY') headers['api-key'] = credential
  else headers.authorization = `Bearer ${credential}`
  return headers
}
