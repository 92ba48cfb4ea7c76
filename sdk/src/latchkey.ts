// The client: one object, one namespace for each noun.
import { Auth } from './auth.ts'
import { found } from './errors.ts'
import type { DateTimeRange } from './generated/operations.ts'
import { Keys } from './keys.ts'
import { Logs } from './logs.ts'
import { type CallOptions, type LatchkeyOptions, resolveOptions } from './options.ts'
import { createTransport, type Send } from './transport.ts'
import type { Server, UsageReport } from './types.ts'

export type UsageArgs = {
  /** Half-open: `from` is included, `to` is not; an absent bound is open. */
  range: DateTimeRange
  /** Where a day starts, in minutes east of UTC. Default: 0. */
  utcOffsetMinutes?: number
  /** One API key's usage instead of everyone's. */
  apiKeyId?: string
}

/** The admin API of one Latchkey server. Without options it reads LATCHKEY_URL and LATCHKEY_ADMIN_TOKEN. */
export class Latchkey {
  readonly keys: Keys
  readonly logs: Logs
  readonly auth: Auth
  readonly #send: Send

  constructor(options: LatchkeyOptions = {}) {
    this.#send = createTransport(resolveOptions(options))
    this.keys = new Keys(this.#send)
    this.logs = new Logs(this.#send)
    this.auth = new Auth(this.#send)
  }

  /** What was called in a range: in total, by model and by day. Rejects with a NotFoundError for an unknown key. */
  async usage({ apiKeyId, ...args }: UsageArgs, options?: CallOptions): Promise<UsageReport> {
    if (apiKeyId === undefined) {
      return (await this.#send((api, signal) => api.GetUsage(args, {}, signal), options)).usage
    }
    const { apiKey } = await this.#send(
      (api, signal) => api.GetApiKeyUsage({ id: apiKeyId, ...args }, {}, signal),
      options,
    )
    return found(apiKey, 'There is no such API key.').usage
  }

  /** Version, database and models of the server. */
  async server(options?: CallOptions): Promise<Server> {
    return (await this.#send((api, signal) => api.GetServer({}, {}, signal), options)).server
  }
}
