// An Exchange over a connection of the fast lane: the body collected to its length, each piece of the answer one write.
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import type { Exchange, ExchangeListener, WholeBody } from '../exchange.ts'
import type { RequestHead } from './request-head.ts'
import { type FixedLines, type Framing, frame, type ResponseHeaders, responseHead } from './response-bytes.ts'

/** What an exchange needs of its connection. */
export type Line = {
  socket: Socket
  /** What an answer that begins now says beside its own headers: also whether the connection stays. */
  fixedLines(): FixedLines
  /** The exchange can take more of the body, or has ended: bytes may flow again. */
  readOn(): void
  /** The answer has been sent; where it is not what its head announced, nothing can follow it. */
  succeeded(isWhole: boolean): void
  /** The answer ends here, and is not whole: the connection closes once what was sent has been taken. */
  brokenOff(): void
}

// While nobody has asked for the body no more than this of it is read: what an unknown caller may make us keep.
const UNASKED_MAX_BYTES = 64 * 1024

export class LaneExchange implements Exchange {
  readonly method = 'POST'
  readonly path: string
  readonly query: string
  readonly headers: RequestHead['headers']
  readonly clientIp: string | null
  readonly bodyBytes: number
  readonly #line: Line
  #parts: Buffer[] = []
  #bodyRemaining: number
  #discards = false
  #reader: ((body: Buffer | 'gone') => void) | null = null
  #head = ''
  #framing: Framing = { kind: 'none' }
  #responseBytes = 0
  #headSent = false
  #ended = false
  #disconnected = false
  #listener: ExchangeListener | null = null

  constructor(line: Line, head: RequestHead, clientIp: string | null) {
    this.path = head.path
    this.query = head.query
    this.headers = head.headers
    this.clientIp = clientIp
    this.bodyBytes = head.contentLength
    this.#bodyRemaining = head.contentLength
    this.#line = line
  }

  readBody(maxBytes: number): WholeBody | Promise<WholeBody> {
    if (this.bodyBytes > maxBytes) {
      // The rest is let through unread, so that the caller can finish writing and see its answer.
      this.#discard()
      return 'too-large'
    }
    if (this.#bodyRemaining === 0) return this.#body()
    if (this.#disconnected) return 'gone'
    return new Promise((resolve) => {
      this.#reader = resolve
      this.#line.readOn()
    })
  }

  /** Gives the body in one piece. */
  bodyStream(): Readable | null {
    return this.bodyBytes === 0 ? null : Readable.from(this.#wholeBody(), { objectMode: false })
  }

  async *#wholeBody(): AsyncGenerator<Buffer> {
    const body = await this.readBody(this.bodyBytes)
    if (typeof body === 'string') throw new Error('the caller left before the end of its body')
    yield body
  }

  sendHead(status: number, headers: ResponseHeaders): void {
    const { text, framing } = responseHead(status, headers, this.#line.fixedLines())
    this.#head = text
    this.#framing = framing
    // It waits for the first chunk, which of a stream may be minutes away.
    if (/^text\/event-stream\b/i.test(String(headers['content-type'])))
      setImmediate(() => {
        if (this.#head !== '' && !this.#ended) this.#send(NOTHING, false)
      })
  }

  sendChunk(chunk: Buffer): boolean {
    return this.#send(chunk, false)
  }

  end(lastChunk: Buffer = NOTHING): void {
    // Of an answer that cannot be sent any more there is no end: its caller leaves.
    if (this.#ended || !this.#line.socket.writable) return
    this.#send(lastChunk, true)
    this.#ended = true
    if (this.#bodyRemaining > 0) this.#discard()
    this.#line.succeeded(this.#framing.kind !== 'length' || this.#framing.bytes === this.#responseBytes)
  }

  abort(lastChunk?: Buffer): void {
    const { socket } = this.#line
    // Without the terminating chunk, no client takes the answer for complete (RFC 9112 §8). A caller that takes nothing is
    // cut off without a last word, and what waits for it is not waited for.
    if (lastChunk === undefined || !socket.writable) return void socket.destroy()
    this.#send(lastChunk, false)
    this.#line.brokenOff()
  }

  listen(listener: ExchangeListener): void {
    this.#listener = listener
    if (this.#disconnected) listener.onDisconnect()
  }

  /** Takes what belongs to the body off the front of these bytes, and answers the rest. */
  takeBody(bytes: Buffer): Buffer {
    const part = bytes.length <= this.#bodyRemaining ? bytes : bytes.subarray(0, this.#bodyRemaining)
    this.#bodyRemaining -= part.length
    if (!this.#discards && part.length > 0) this.#parts.push(part)
    if (this.#bodyRemaining === 0 && this.#reader !== null) this.#reader(this.#body())
    return part === bytes ? NOTHING : bytes.subarray(part.length)
  }

  /** Bytes of the body that have not come. */
  get bodyRemaining(): number {
    return this.#bodyRemaining
  }

  /** As much of the body is kept as may be while nobody asks for it. */
  get isFull(): boolean {
    if (this.#bodyRemaining === 0 || this.#discards || this.#reader !== null) return false
    return this.bodyBytes - this.#bodyRemaining >= UNASKED_MAX_BYTES
  }

  get ended(): boolean {
    return this.#ended
  }

  /** A part of the answer is on its way, and not its end. */
  get responding(): boolean {
    return this.#headSent && !this.#ended
  }

  /** The socket takes more. */
  drained(): void {
    if (!this.#ended) this.#listener?.onDrain()
  }

  /** The connection is closed. */
  leave(): void {
    if (this.#disconnected || this.#ended) return
    this.#disconnected = true
    this.#reader?.('gone')
    this.#listener?.onDisconnect()
  }

  #body(): Buffer {
    const [only] = this.#parts
    const body = this.#parts.length === 1 && only !== undefined ? only : Buffer.concat(this.#parts)
    this.#parts = []
    return body
  }

  #discard(): void {
    this.#discards = true
    this.#parts = []
    this.#line.readOn()
  }

  /** False: the caller reads slowly, or has left. */
  #send(chunk: Buffer, isLast: boolean): boolean {
    const { socket } = this.#line
    if (this.#ended || !socket.writable) return false
    const body = this.#framing.kind === 'none' ? NOTHING : chunk
    const bytes = frame(this.#head, body, this.#framing, isLast)
    this.#head = ''
    this.#headSent = true
    this.#responseBytes += body.length
    return bytes.length === 0 ? !socket.writableNeedDrain : socket.write(bytes)
  }
}

const NOTHING = Buffer.alloc(0)
