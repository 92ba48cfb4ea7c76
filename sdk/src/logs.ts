// Request logs: the record of each call.
import { found } from './errors.ts'
import type { RequestLogFilter } from './generated/operations.ts'
import type { CallOptions } from './options.ts'
import { List, type PageArgs } from './page.ts'
import type { Send } from './transport.ts'
import type { RequestLog } from './types.ts'

export type ListRequestLogsArgs = PageArgs & { filter?: RequestLogFilter }

export class Logs {
  readonly #send: Send

  constructor(send: Send) {
    this.#send = send
  }

  /** Request logs, newest first. */
  list({ filter, ...page }: ListRequestLogsArgs = {}, options?: CallOptions): List<RequestLog> {
    return new List(async (args) => {
      const data = await this.#send(
        (api, signal) => api.ListRequestLogs({ ...args, filter }, {}, signal),
        options,
      )
      return data.requestLogs
    }, page)
  }

  /** One request log, by the call's x-request-id. Rejects with a NotFoundError when there is none. */
  async get(id: string, options?: CallOptions): Promise<RequestLog> {
    const { requestLog } = await this.#send((api, signal) => api.GetRequestLog({ id }, {}, signal), options)
    return found(requestLog, 'There is no such request log.')
  }
}
