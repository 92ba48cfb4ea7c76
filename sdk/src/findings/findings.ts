// Findings: what an admin may want to mend.
import {
  type FindingChangeFilter,
  type FindingFilter,
  FollowFindingsDocument,
  type FollowFindingsSubscription,
} from '../generated/operations.ts'
import { ChangeFeed, type FollowOptions } from '../transport/changes.ts'
import { present, throwUserErrors } from '../transport/errors.ts'
import type { CallOptions } from '../transport/options.ts'
import { List, type PageArgs } from '../transport/page.ts'
import type { Subscribe } from '../transport/subscribe.ts'
import type { Send } from '../transport/transport.ts'
import type { Finding, FindingChange, FindingCount } from '../types.ts'

export type ListFindingsArgs = PageArgs & { filter?: FindingFilter | undefined }

export class Findings {
  readonly #send: Send
  readonly #subscribe: Subscribe
  readonly #maxRetries: number

  constructor(send: Send, subscribe: Subscribe, maxRetries: number) {
    this.#send = send
    this.#subscribe = subscribe
    this.#maxRetries = maxRetries
  }

  /** Findings that are not dismissed, the gravest first; some seconds old. */
  list({ filter, ...page }: ListFindingsArgs = {}, options?: CallOptions): List<Finding> {
    return new List(async (args) => {
      const data = await this.#send((api, signal) => api.ListFindings({ ...args, filter }, signal), options)
      return data.findings
    }, page)
  }

  /** Findings as they begin, change, are dismissed and end: `finding` as it is now, null where it has ended. */
  changes(filter?: FindingChangeFilter, options: FollowOptions = {}): ChangeFeed<FindingChange> {
    const subscribe = this.#subscribe
    async function* open(signal: AbortSignal | undefined) {
      const events = subscribe<FollowFindingsSubscription>(FollowFindingsDocument, { filter }, signal)
      for await (const { findingChanged } of events) yield findingChanged
    }
    return new ChangeFeed(open, options, options.maxRetries ?? this.#maxRetries)
  }

  /** How many there are of each code. */
  async counts(options?: CallOptions): Promise<readonly FindingCount[]> {
    return (await this.#send((api, signal) => api.CountFindings({}, signal), options)).findingCounts
  }

  /** Hides a finding until its cause has ended and begun again. */
  async dismiss(id: string, reason: string, options?: CallOptions): Promise<Finding> {
    const input = { id, reason }
    const { dismissFinding } = await this.#send(
      (api, signal) => api.DismissFinding({ input }, signal),
      options,
    )
    throwUserErrors(dismissFinding)
    return present(dismissFinding.finding)
  }

  /** Shows a dismissed finding again. */
  async restore(id: string, options?: CallOptions): Promise<Finding> {
    const input = { id }
    const { restoreFinding } = await this.#send(
      (api, signal) => api.RestoreFinding({ input }, signal),
      options,
    )
    throwUserErrors(restoreFinding)
    return present(restoreFinding.finding)
  }

  /** Hides 1 to 500 findings for one reason. Returns the ids of those that had not ended. */
  async dismissAll(
    ids: readonly string[],
    reason: string,
    options?: CallOptions,
  ): Promise<readonly string[]> {
    const input = { ids, reason }
    const { dismissFindings } = await this.#send(
      (api, signal) => api.DismissFindings({ input }, signal),
      options,
    )
    throwUserErrors(dismissFindings)
    return dismissFindings.findingIds
  }

  /** Shows 1 to 500 dismissed findings again. Returns the ids of those that had not ended. */
  async restoreAll(ids: readonly string[], options?: CallOptions): Promise<readonly string[]> {
    const input = { ids }
    const { restoreFindings } = await this.#send(
      (api, signal) => api.RestoreFindings({ input }, signal),
      options,
    )
    throwUserErrors(restoreFindings)
    return restoreFindings.findingIds
  }
}
