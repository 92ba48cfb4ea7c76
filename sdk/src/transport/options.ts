// The options of a client, and their defaults.
import { LatchkeyError } from './errors.ts'
import { type SessionSecret, sessionSecretFor } from './session-secret.ts'

export type LatchkeyOptions = {
  /** The server's address, without `/graphql`. Default: LATCHKEY_URL, in a browser the page's own origin. */
  url?: string | undefined
  /** An admin token. Default: LATCHKEY_ADMIN_TOKEN. In a browser without one, the session of `auth.signIn` authenticates. */
  adminToken?: string | undefined
  /** Sends the requests. Default: the platform's fetch. */
  fetch?: typeof fetch | undefined
  /** How long one attempt may take, until its last byte. Default: 30,000. */
  timeoutMs?: number | undefined
  /**
   * How often a failed operation is retried. Mutations are with an admin token, which all attempts send one Idempotency-Key with, so
   * that the server runs them once. Default: 2.
   */
  maxRetries?: number | undefined
  /**
   * Called where the server asks the person at the session to confirm who he is. It sends `auth.confirmIdentity` and resolves with
   * true, and the call is sent once more; with false the call rejects with the StepUpRequiredError.
   */
  onStepUp?: StepUp | undefined
  /** Called with what each query and mutation cost, once for each response that says so; never for whoever is not signed in. */
  onCost?: ((cost: OperationCost) => void) | undefined
}

/** What an operation cost, in the server's points, beside the most that one operation may cost. */
export type OperationCost = {
  /** The operation's name, such as `ListApiKeys`. */
  readonly operation: string
  readonly complexity: { readonly used: number; readonly limit: number }
  /** How deep its fields are nested. */
  readonly depth: { readonly used: number; readonly limit: number }
  /** How many fields it selects. */
  readonly breadth: { readonly used: number; readonly limit: number }
}

/** `means`: what the person may show, as `ConfirmMeans` names it. */
export type StepUp = (means: readonly string[]) => Promise<boolean>

export type CallOptions = {
  /** Ends the call; it then rejects with the signal's reason. */
  signal?: AbortSignal | undefined
  /**
   * Sent with a mutation: the server runs it once for each key within a day, also where this program is run again. What was shown
   * once is not shown again: the call then rejects with an AlreadyRevealedError. 1 to 255 characters of ASCII without spaces.
   */
  idempotencyKey?: string | undefined
  /** In place of the client's own. */
  maxRetries?: number | undefined
}

export type ResolvedOptions = {
  endpoint: string
  adminToken: string | undefined
  session: SessionSecret
  fetch: typeof fetch
  timeoutMs: number
  maxRetries: number
  onStepUp: StepUp | undefined
  onCost: ((cost: OperationCost) => void) | undefined
}

/** Fills every gap from the environment or a default. Throws a LatchkeyError when there is no address to call. */
export function resolveOptions(options: LatchkeyOptions): ResolvedOptions {
  const endpoint = `${serverUrl(options.url)}/graphql`
  return {
    endpoint,
    adminToken: options.adminToken ?? environment('LATCHKEY_ADMIN_TOKEN'),
    session: sessionSecretFor(endpoint),
    onStepUp: options.onStepUp,
    onCost: options.onCost,
    ...resolveRequestOptions(options),
  }
}

/** How requests are sent, whatever they ask for. */
export function resolveRequestOptions(
  options: Pick<LatchkeyOptions, 'fetch' | 'timeoutMs' | 'maxRetries'>,
): Pick<ResolvedOptions, 'fetch' | 'timeoutMs' | 'maxRetries'> {
  return {
    // Wrapped, because a browser's fetch refuses to be called on any object but its window.
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    timeoutMs: options.timeoutMs ?? 30_000,
    maxRetries: options.maxRetries ?? 2,
  }
}

/** The server's address without a slash at its end. Throws a LatchkeyError when there is none, or none of a server. */
export function serverUrl(sent: string | undefined): string {
  const url = sent ?? environment('LATCHKEY_URL') ?? pageOrigin()
  if (url === undefined) throw new LatchkeyError('No server address: pass `url` or set LATCHKEY_URL.')
  const address = url.replace(/\/+$/, '')
  // What was sent is not repeated: an address may hold a password.
  if (!/^https?:\/\/./i.test(address) || !URL.canParse(address) || /\/(graphql|v1)$/.test(address))
    throw new LatchkeyError(
      'The server address must be an http:// or https:// URL without /graphql or /v1, such as http://127.0.0.1:8000. Change `url` or LATCHKEY_URL.',
    )
  return address
}

/** A variable of the environment; undefined where it is unset or empty, and where there is no environment. */
function environment(name: string): string | undefined {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } }
  return process?.env?.[name] || undefined
}

function pageOrigin(): string | undefined {
  const { location } = globalThis as { location?: { origin?: string } }
  return location?.origin
}
