// Writes a response to the client: what of it is held, and what was sent.

import type { Exchange } from '../../http/server/exchange.ts'
import { NO_BYTES } from '../metering/response-meter.ts'

type Head = Record<string, string | string[]>

/** Sends the head with the first part of the body, so that until then another response can take its place. */
export class ResponseWriter {
  readonly #exchange: Exchange
  readonly #clientIdleMs: number
  readonly #owner: { onSlow(): void }
  #status = 0
  #head: Head | null = null
  #begun = false
  readonly #held: Buffer[] = []
  #slow: NodeJS.Timeout | null = null

  /** `owner.onSlow` is called once the client has taken nothing of what was sent for `clientIdleMs` milliseconds. */
  constructor(exchange: Exchange, clientIdleMs: number, owner: { onSlow(): void }) {
    this.#exchange = exchange
    this.#clientIdleMs = clientIdleMs
    this.#owner = owner
  }

  /** The head was sent: no other response can take the place of this one. */
  get begun(): boolean {
    return this.#begun
  }

  /** The head that is to be sent. */
  announce(status: number, head: Head): void {
    this.#status = status
    this.#head = head
  }

  sendHead(): void {
    if (this.#head === null) return
    this.#exchange.sendHead(this.#status, this.#head)
    this.#head = null
    this.#begun = true
  }

  /** Holds the next part of the body; an empty one is none. */
  hold(part: Buffer): void {
    if (part.length > 0) this.#held.push(part)
  }

  /** Sends what is held, but for the newest `keep` parts. False: the client reads slowly; wait for `onDrain`. */
  release(keep: number): boolean {
    let fast = true
    while (this.#held.length > keep) {
      this.sendHead()
      fast = this.#exchange.sendChunk(this.#held.shift() ?? NO_BYTES)
    }
    // A client that takes nothing keeps a connection to the upstream in use, too.
    if (!fast) this.#slow ??= setTimeout(() => this.#owner.onSlow(), this.#clientIdleMs)
    return fast
  }

  /** The client takes more, or is not waited for any longer. */
  stopWaiting(): void {
    if (this.#slow !== null) clearTimeout(this.#slow)
    this.#slow = null
  }

  /** Nothing of what is held is sent. */
  drop(): void {
    this.#held.length = 0
    this.stopWaiting()
  }

  /** Sends all that is held, and ends the response with it. `changed`: the announced length may not be that of its one part. */
  end(changed: boolean): void {
    this.release(1)
    this.stopWaiting()
    const last = this.#held.shift()
    if (this.#head !== null && changed) this.#head['content-length'] = String(last?.length ?? 0)
    this.sendHead()
    this.#exchange.end(last)
  }

  /** Sends all that is held and a last event, and aborts the connection, so that no client takes that for a whole response. */
  abort(lastEvent?: Buffer): void {
    this.release(0)
    this.stopWaiting()
    this.#exchange.abort(lastEvent)
  }
}
