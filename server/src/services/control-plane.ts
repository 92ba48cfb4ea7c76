// What the control plane's verbs and both its faces are given.
import type { LedgerView } from '../ledger/ledger.ts'
import type { Store } from '../store/store.ts'

export type ControlPlane = {
  store: Store
  ledger: LedgerView
  /** Milliseconds since the epoch. */
  clock: () => number
  /** The 32 bytes of the Fernet key that encrypted copies of secrets are kept under. */
  encryptionKey: Uint8Array
  /**
   * Called after the commit of every change of a key; resolves once no directory of the gateway knows it as it was, so that
   * what is answered after it holds from the next call on. Never rejects.
   */
  announceKeyChange(secretHashHex: string): Promise<void>
  server: { version: string; startedAtMs: number; models(): string[]; defaultModel(): string }
  /** Aborted when the server begins to stop: what would never end by itself ends then. */
  draining?: AbortSignal
  /** Called once the first admin has been made through the setup link. */
  onAdminExists?(): void
  /** Told of every error that was answered as INTERNAL, with the id that the answer carried. */
  onFault?(error: unknown, requestId: string): void
}
