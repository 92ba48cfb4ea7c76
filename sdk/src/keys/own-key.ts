// What an API key may ask about itself: for whoever has the key and no account. Not GraphQL, but the `/v1/key…` of the gateway.
import { toApiError } from '../transport/api-error.ts'
import { LatchkeyError } from '../transport/errors.ts'
import { attempt, fetchWhole } from '../transport/fetch-whole.ts'
import {
  type CallOptions,
  type LatchkeyOptions,
  type ResolvedOptions,
  resolveRequestOptions,
  serverUrl,
} from '../transport/options.ts'
import type {
  ListOwnLogsArgs,
  OwnKeyHistory,
  OwnKeyInfo,
  OwnLog,
  OwnLogsPage,
  RotatedOwnKey,
} from './own-key-types.ts'

export type LatchkeyKeyOptions = Pick<LatchkeyOptions, 'url' | 'fetch' | 'timeoutMs' | 'maxRetries'> & {
  /** The key's secret, with or without `sk-` before it. It is kept in this object alone, and sent in a header. */
  secret: string
}

/** One API key, as whoever has its secret may see it. The `code` of an error is the gateway's own name for it: `api_key_revoked`. */
export class LatchkeyKey {
  readonly #secret: string
  readonly #base: string
  readonly #options: Pick<ResolvedOptions, 'fetch' | 'timeoutMs' | 'maxRetries'>

  constructor({ secret, url, ...options }: LatchkeyKeyOptions) {
    this.#secret = secret
    this.#base = `${serverUrl(url)}/v1`
    this.#options = resolveRequestOptions(options)
  }

  /** What the key may do, and what remains of its limits and budgets. */
  info(options?: CallOptions): Promise<OwnKeyInfo> {
    return this.#get('/key', {}, options)
  }

  /** The same with the key's history; `days`: 1 to 30, today included, in UTC. */
  history(days = 30, options?: CallOptions): Promise<OwnKeyInfo & { readonly history: OwnKeyHistory }> {
    return this.#get('/key', { history_days: String(days) }, options)
  }

  /** A page of the key's request logs, newest first. */
  logs({ limit, after, outcome }: ListOwnLogsArgs = {}, options?: CallOptions): Promise<OwnLogsPage> {
    const query = {
      ...(limit === undefined ? {} : { limit: String(limit) }),
      ...(after === undefined ? {} : { after }),
      ...(outcome === undefined ? {} : { outcome }),
    }
    return this.#get('/key/logs', query, options)
  }

  /** All of them, one request a page, as they are consumed. */
  async *allLogs(args: ListOwnLogsArgs = {}, options?: CallOptions): AsyncGenerator<OwnLog, void, undefined> {
    let page = await this.logs(args, options)
    yield* page.data
    while (page.hasMore && page.lastId !== null) {
      page = await this.logs({ ...args, after: page.lastId }, options)
      yield* page.data
    }
  }

  /** The names of the models that the key may call. */
  async models(options?: CallOptions): Promise<string[]> {
    const { data } = await this.#get<{ data: readonly { id: string }[] }>('/models', {}, options)
    return data.map(({ id }) => id)
  }

  /**
   * Gives the key a new secret, which is in what this resolves with and nowhere else; this object goes on with the former one, which
   * works for `graceSeconds` more (0 to 2,592,000). Never retried.
   */
  rotate(graceSeconds = 0, options?: CallOptions): Promise<RotatedOwnKey> {
    const body = JSON.stringify({ grace_seconds: graceSeconds })
    return this.#send('/key/rotate', { method: 'POST', body }, 0, options)
  }

  #get<T>(path: string, query: Record<string, string>, options?: CallOptions): Promise<T> {
    const text = new URLSearchParams(query).toString()
    return this.#send(text === '' ? path : `${path}?${text}`, {}, this.#options.maxRetries, options)
  }

  #send<T>(path: string, init: RequestInit, maxRetries: number, { signal }: CallOptions = {}): Promise<T> {
    return attempt(
      async () => {
        const response = await fetchWhole(this.#options, this.#base + path, {
          ...init,
          ...(signal === undefined ? {} : { signal }),
          // No cookie of the page goes with a key.
          credentials: 'omit',
          cache: 'no-store',
          headers: {
            authorization: `Bearer ${this.#secret}`,
            ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
          },
        })
        return bodyOf<T>(response, await response.text())
      },
      maxRetries,
      signal,
    )
  }
}

type WireError = { error?: { message?: unknown; code?: unknown } }

// What the body has is OpenAI's code, which is one for a revoked key and an expired one.
const ERROR_CODE_HEADER = 'x-latchkey-error-code'

function bodyOf<T>({ status, headers }: Response, text: string): T {
  const body = parsed(text)
  if (status < 400 && body !== undefined) return camelCased(body) as T
  if (status < 400)
    throw new LatchkeyError('The response was not JSON. Is the url that of a Latchkey server?')
  const { error } = (body ?? {}) as WireError
  const message = typeof error?.message === 'string' ? error.message : undefined
  const code = headers.get(ERROR_CODE_HEADER) ?? error?.code
  const errors = message === undefined ? undefined : [{ message, extensions: { code } }]
  throw toApiError({ status, headers, errors })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The members of the wire in this package's spelling: `by_day` is `byDay`. No member is named after anything of the user's. */
function camelCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCased)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      camelCased(member),
    ]),
  )
}
