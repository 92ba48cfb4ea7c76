// What calls cost, calculated again.
import type { RecalculateCostsInput } from '../generated/operations.ts'
import { found, present, throwUserErrors } from '../transport/errors.ts'
import type { CallOptions } from '../transport/options.ts'
import type { Send } from '../transport/transport.ts'
import type { CostRecalculation } from '../types.ts'

/** What is read from the server is at most so old. */
const POLL_MS = 500

export class Costs {
  readonly #send: Send

  constructor(send: Send) {
    this.#send = send
  }

  /**
   * Starts a recalculation, which goes on by itself; `dryRun: true` changes nothing and tells what would be. Rejects with a
   * UserInputError while another runs.
   */
  async recalculate(
    input: Partial<RecalculateCostsInput> = {},
    options?: CallOptions,
  ): Promise<CostRecalculation> {
    const { recalculateCosts } = await this.#send(
      (api, signal) =>
        api.RecalculateCosts({ input: { missingOnly: true, dryRun: false, ...input } }, signal),
      options,
    )
    throwUserErrors(recalculateCosts)
    return present(recalculateCosts.recalculation)
  }

  /** One recalculation, as far as it is. Rejects with a NotFoundError when there is none. */
  async recalculation(id: string, options?: CallOptions): Promise<CostRecalculation> {
    const { costRecalculation } = await this.#send(
      (api, signal) => api.GetCostRecalculation({ id }, signal),
      options,
    )
    return found(costRecalculation, 'There is no such recalculation.')
  }

  /** The newest recalculations. `first`: 1 to 50. */
  async recalculations(first = 10, options?: CallOptions): Promise<readonly CostRecalculation[]> {
    const data = await this.#send((api, signal) => api.ListCostRecalculations({ first }, signal), options)
    return data.costRecalculations
  }

  /** Ends one that is running; what it has changed stays. */
  async cancel(id: string, options?: CallOptions): Promise<CostRecalculation> {
    const { cancelCostRecalculation } = await this.#send(
      (api, signal) => api.CancelCostRecalculation({ input: { id } }, signal),
      options,
    )
    throwUserErrors(cancelCostRecalculation)
    return present(cancelCostRecalculation.recalculation)
  }

  /** Waits until one has ended, and returns it. `onProgress` is called with each reading. An abort of `options.signal` ends the waiting alone. */
  async ended(
    id: string,
    options?: CallOptions,
    onProgress?: (recalculation: CostRecalculation) => void,
  ): Promise<CostRecalculation> {
    for (;;) {
      const recalculation = await this.recalculation(id, options)
      onProgress?.(recalculation)
      if (recalculation.status !== 'RUNNING') return recalculation
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  }
}
