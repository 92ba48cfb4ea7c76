// The account of calls itself: how it is doing, and whether it agrees with itself.
import type { CallOptions } from '../transport/options.ts'
import type { Send } from '../transport/transport.ts'
import type { LedgerHealth, LedgerVerification } from '../types.ts'

export class Ledger {
  readonly #send: Send

  constructor(send: Send) {
    this.#send = send
  }

  /** The journal of the node that answers, and the calls under way on all nodes. */
  async health(options?: CallOptions): Promise<LedgerHealth> {
    return (await this.#send((api, signal) => api.GetLedgerHealth({}, {}, signal), options)).ledgerHealth
  }

  /** Compares the request logs of the last hours (1 to 168, default 24) with the sums; seconds over millions of logs. */
  async verify({ hours }: { hours?: number } = {}, options?: CallOptions): Promise<LedgerVerification> {
    const { ledgerHealth } = await this.#send(
      (api, signal) => api.VerifyLedger({ hours }, {}, signal),
      options,
    )
    return ledgerHealth.verification
  }
}
