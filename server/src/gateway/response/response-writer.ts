// What of an answer waits here for its caller, and what has gone out.

import type { Exchange } from '../../http/server/exchange.ts'
import { NO_BYTES } from '../metering/response-meter.ts'

type Head = Record<string, string | string[]>

/** Sends the head with the first part that goes out, so that until then another answer can take its place. */
export class ResponseWriter {
  readonly #exchange: Exchange
  readonly #clientIdleMs: number
  readonly #owner: { onSlow(): void }
  #status = 0
  #head: Head | null = null
  #begun = false
  readonly #held: Buffer[] = []
  #slow: NodeJS.Timeout | null = null

  /** `owner` is told once the caller has left what is sent waiting for `callerIdleMs`. */
  constructor(exchange: Exchange, clientIdleMs: number, owner: { onSlow(): void }) {
    this.#exchange = exchange
    this.#clientIdleMs = clientIdleMs
    this.#owner = owner
  }

  /** The head has gone out: no other answer can take the place of this one. */
  get begun(): boolean {
    return this.#begun
  }

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

  /** Sends what is held, but for the newest `keep` parts. False: the caller reads slowly. */
  release(keep: number): boolean {
    let fast = true
    while (this.#held.length > keep) {
      this.sendHead()
      fast = this.#exchange.sendChunk(this.#held.shift() ?? NO_BYTES)
    }
    // A caller that leaves it waiting for too long holds a place at the upstream, too.
    if (!fast) this.#slow ??= setTimeout(() => this.#owner.onSlow(), this.#clientIdleMs)
    return fast
  }

  /** The caller takes more, or is not waited for any longer. */
  stopWaiting(): void {
    if (this.#slow !== null) clearTimeout(this.#slow)
    this.#slow = null
  }

  /** Nothing of what is held goes out. */
  drop(): void {
    this.#held.length = 0
    this.stopWaiting()
  }

  /** Sends all that is held, and ends the answer with it. `changed`: its announced length may not be that of its one part. */
  end(changed: boolean): void {
    this.release(1)
    this.stopWaiting()
    const last = this.#held.shift()
    if (this.#head !== null && changed) this.#head['content-length'] = String(last?.length ?? 0)
    this.sendHead()
    this.#exchange.end(last)
  }

  /** Sends all that is held and a last word, and lets no caller take that for a whole answer. */
  abort(lastWord?: Buffer): void {
    this.release(0)
    this.stopWaiting()
    this.#exchange.abort(lastWord)
  }
}
