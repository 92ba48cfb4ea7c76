// A server's end of a connection in memory: the test says what arrives and when, and sees what was sent back.
import { Duplex } from 'node:stream'

export class ClientConnection extends Duplex {
  readonly #sent: Buffer[] = []
  readonly remoteAddress: string
  #arrivedBytes = 0
  /** How many bytes had been read for good when some were put back; null where none were. */
  returnedAt: number | null = null
  /** The server has ended its side. */
  ended = false

  constructor(remoteAddress: string) {
    super({ allowHalfOpen: true })
    this.remoteAddress = remoteAddress
    // As a socket does, which node:http and the fast lane leave in several states.
    this.on('error', () => undefined)
  }

  /** All that was sent back so far, without the dates. */
  succeeded(): string {
    return textOf(this.#sent)
  }

  /** Lets bytes arrive; null: the client ends its side. */
  arrive(bytes: Buffer | null): void {
    if (this.destroyed || this.readableEnded) return
    this.#arrivedBytes += bytes?.length ?? 0
    this.push(bytes)
  }

  override unshift(bytes: Buffer): void {
    this.returnedAt = this.#arrivedBytes - this.readableLength - bytes.length
    super.unshift(bytes)
  }

  destroySoon(): void {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => this.destroy())
  }

  setTimeout(): this {
    return this
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#sent.push(chunk)
    done()
  }

  override _final(done: () => void): void {
    this.ended = true
    done()
  }

  override _destroy(_error: Error | null, done: (error: Error | null) => void): void {
    this.ended = true
    done(null)
  }
}

/** What was sent back, without the dates. */
export function textOf(chunks: Buffer[]): string {
  return Buffer.concat(chunks)
    .toString('latin1')
    .replace(/^Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n/gm, '')
}

/** After what is ready to run has run. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
