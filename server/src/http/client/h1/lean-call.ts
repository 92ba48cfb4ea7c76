// One call of the lean client: its bytes, its listener, and its connection.
import type { TransportReason } from '../../../domain/upstreams/transport-reason.ts'
import type { TransportError, UpstreamCall, UpstreamListener } from '../upstream-client.ts'
import type { RequestBytes } from './request-bytes.ts'

/** The connection of a call, as far as the call needs it. */
export type CallConnection = {
  /** Sends the request that the connection was reserved for. False: it has closed meanwhile. */
  write(): boolean
  /** Continues to read after the listener requested a pause. */
  resume(): void
  /** The call is over: the remainder of its response is not read. */
  release(): void
}

export class LeanCall implements UpstreamCall {
  readonly request: RequestBytes
  /** The connection that it is on, or waits for; null before and after. */
  connection: CallConnection | null = null
  /** Nothing more is passed to the listener. */
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
      this.listener.onFailure('interrupted', true, 'UNKNOWN')
    }
  }

  fail(failure: TransportError, begun: boolean, reason: TransportReason): void {
    if (this.#finish()) this.listener.onFailure(failure, begun, reason)
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
