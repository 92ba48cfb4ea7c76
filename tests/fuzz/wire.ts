// A connection in memory, for clients that take one: what is written to it is dropped, and the test says what comes back.
import { Duplex } from 'node:stream'

export class Wire extends Duplex {
  /** How many requests have been written to it. */
  requests = 0

  constructor() {
    super({ allowHalfOpen: false })
    // Whoever has no more use for it may leave it without a listener.
    this.on('error', () => undefined)
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    // Heads begin a write with both clients.
    if (/^[A-Z]+ \/v1/.test(chunk.toString('latin1', 0, 16))) this.requests++
    done()
  }

  setKeepAlive(): this {
    return this
  }
  setNoDelay(): this {
    return this
  }
  ref(): this {
    return this
  }
  unref(): this {
    return this
  }
}

/** After what is ready to run has run. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
