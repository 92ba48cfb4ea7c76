// One call of the lean client: its bytes, its listener, and where it is.
import type { TransportError, UpstreamCall, UpstreamListener } from '../upstream-client.ts'
import type { Connection } from './connection.ts'
import type { RequestBytes } from './request-bytes.ts'

export class LeanCall implements UpstreamCall {
  readonly request: RequestBytes
  /** The connection that it is on, or waits for; null before and after. */
  connection: Connection | null = null
  /** Nothing more is told. */
  over = false
  readonly listener: UpstreamListener

  constructor(request: RequestBytes, listener: UpstreamListener) {
    this.request = request
    this.listener = listener
  }

  end(): void {
    if (!this.#finish()) return
    try {
      this.listener.onEnd()
    } catch {
      this.listener.onFailure('interrupted', true)
    }
  }

  fail(failure: TransportError, begun: boolean): void {
    if (this.#finish()) this.listener.onFailure(failure, begun)
  }

  resume(): void {
    this.connection?.resume()
  }

  abort(): void {
    const { connection } = this
    if (this.#finish()) connection?.release()
  }

  #finish(): boolean {
    if (this.over) return false
    this.over = true
    this.connection = null
    return true
  }
}
