// The health of the ledger, and whether request logs and rollups agree.
import type { CallOptions } from '../transport/options.ts'
import type { Send } from '../transport/transport.ts'
import type { LedgerHealth, LedgerVerification } from '../types.ts'

export class Ledger {
  readonly #send: Send

  constructor(send: Send) {
    this.#send = send
  }

  /** The journal of the node that responds, and the in-flight calls of all nodes. */
  async health(options?: CallOptions): Promise<LedgerHealth> {
    return (await this.#send((api, signal) => api.GetLedgerHealth({}, signal), options)).ledgerHealth
  }

  /** Compares the request logs of the last hours (1 to 168, default 24) with the rollups. Takes seconds over millions of logs. */
  async verify(
    { hours }: { hours?: number | undefined } = {},
    options?: CallOptions,
  ): Promise<LedgerVerification> {
    const { ledgerHealth } = await this.#send((api, signal) => api.VerifyLedger({ hours }, signal), options)
    return ledgerHealth.verification
  }
}
