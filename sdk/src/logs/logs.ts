// Request logs: the record of each call.

import type { RequestLogFacetField, RequestLogFilter } from '../generated/operations.ts'
import { found } from '../transport/errors.ts'
import type { CallOptions } from '../transport/options.ts'
import { List, type PageArgs } from '../transport/page.ts'
import type { Subscribe } from '../transport/subscribe.ts'
import type { Send } from '../transport/transport.ts'
import type { RequestLog, RequestLogContent, RequestLogFacets, RequestLogHistogram } from '../types.ts'
import { LogTail, type TailOptions } from './log-tail.ts'

export type ListRequestLogsArgs = PageArgs & { filter?: RequestLogFilter | undefined }

export class Logs {
  readonly #send: Send
  readonly #subscribe: Subscribe
  readonly #maxRetries: number

  constructor(send: Send, subscribe: Subscribe, maxRetries: number) {
    this.#send = send
    this.#subscribe = subscribe
    this.#maxRetries = maxRetries
  }

  /** Request logs, newest first. */
  list({ filter, ...page }: ListRequestLogsArgs = {}, options?: CallOptions): List<RequestLog> {
    return new List(async (args) => {
      const data = await this.#send(
        (api, signal) => api.ListRequestLogs({ ...args, filter }, signal),
        options,
      )
      return data.requestLogs
    }, page)
  }

  /** One request log, by the call's x-request-id. Rejects with a NotFoundError when there is none. */
  async get(id: string, options?: CallOptions): Promise<RequestLog> {
    const { requestLog } = await this.#send((api, signal) => api.GetRequestLog({ id }, signal), options)
    return found(requestLog, 'There is no such request log.')
  }

  /**
   * What is kept of the content of a call: `content`, or null with its `contentUnavailableReason`. Reading text is written
   * down in the audit trail. Rejects with a NotFoundError when there is no such log.
   */
  async content(id: string, options?: CallOptions): Promise<RequestLogContent> {
    const { requestLog } = await this.#send(
      (api, signal) => api.GetRequestLogContent({ id }, signal),
      options,
    )
    return found(requestLog, 'There is no such request log.')
  }

  /** How many match; null beyond 10,000, or where too many logs would have to be looked at. */
  async count(filter?: RequestLogFilter, options?: CallOptions): Promise<number | null> {
    const data = await this.#send((api, signal) => api.CountRequestLogs({ filter }, signal), options)
    return data.requestLogs.totalCount
  }

  /** Calls over time, in at most `buckets` bins (1 to 200, default 60); without filter.at of the last 24 hours. */
  async histogram(
    args: { filter?: RequestLogFilter | undefined; buckets?: number | undefined } = {},
    options?: CallOptions,
  ): Promise<RequestLogHistogram> {
    const data = await this.#send((api, signal) => api.GetRequestLogHistogram(args, signal), options)
    return data.requestLogHistogram
  }

  /** The values of a field, most calls first, at most `first` (0 to 50, default 20); without filter.at of the last 24 hours. */
  async facets(
    args: { field: RequestLogFacetField; filter?: RequestLogFilter | undefined; first?: number | undefined },
    options?: CallOptions,
  ): Promise<RequestLogFacets> {
    const data = await this.#send((api, signal) => api.GetRequestLogFacets(args, signal), options)
    return data.requestLogFacets
  }

  /** Request logs as their calls end: `for await (const log of latchkey.logs.tail({ outcome: ['ERROR'] }))`. */
  tail(filter?: RequestLogFilter, options: TailOptions = {}): LogTail {
    return new LogTail(this.#subscribe, filter, options, this.#maxRetries)
  }
}
