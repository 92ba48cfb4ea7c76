// Findings: what an admin may want to mend.
import type { FindingFilter } from '../generated/operations.ts'
import { present, throwUserErrors } from '../transport/errors.ts'
import type { CallOptions } from '../transport/options.ts'
import { List, type PageArgs } from '../transport/page.ts'
import type { Send } from '../transport/transport.ts'
import type { Finding, FindingCount } from '../types.ts'

export type ListFindingsArgs = PageArgs & { filter?: FindingFilter | undefined }

export class Findings {
  readonly #send: Send

  constructor(send: Send) {
    this.#send = send
  }

  /** Findings that are not dismissed, the gravest first; some seconds old. */
  list({ filter, ...page }: ListFindingsArgs = {}, options?: CallOptions): List<Finding> {
    return new List(async (args) => {
      const data = await this.#send((api, signal) => api.ListFindings({ ...args, filter }, signal), options)
      return data.findings
    }, page)
  }

  /** How many there are of each code. */
  async counts(options?: CallOptions): Promise<readonly FindingCount[]> {
    return (await this.#send((api, signal) => api.CountFindings({}, signal), options)).findingCounts
  }

  /** Shows a finding no more, until its cause has ended and begun anew. */
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
}
