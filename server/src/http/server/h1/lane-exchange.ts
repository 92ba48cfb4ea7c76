// An Exchange over a connection of the fast lane: the body is collected to its length, each piece of the response is one write.
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { joined } from '../../wire/joined.ts'
import type { Exchange, ExchangeListener, WholeBody } from '../exchange.ts'
import type { RequestHead } from './request-head.ts'
import { type FixedLines, type Framing, frame, type ResponseHeaders, responseHead } from './response-bytes.ts'

/** What an exchange needs of its connection. */
export type Line = {
  socket: Socket
  /** The header lines of a response that begins now, beside its own: also whether the connection is kept. */
  fixedLines(): FixedLines
  /** The exchange can take more of the body, or has ended: the socket may be read again. */
  readOn(): void
  /** The response has been sent; where it differs from what its head announced, no other may follow it. */
  succeeded(isWhole: boolean): void
  /** The response is aborted: the connection closes once the client has taken what was sent. */
  brokenOff(): void
}

// Until the body is requested, no more than this of it is buffered: an unknown client must not fill the memory.
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
  #reader: ((body: Buffer | 'disconnected') => void) | null = null
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
      // The remaining body is discarded, so that the client can finish writing and read its response.
      this.#discard()
      return 'too-large'
    }
    if (this.#bodyRemaining === 0) return this.#body()
    if (this.#disconnected) return 'disconnected'
    return new Promise((resolve) => {
      this.#reader = resolve
      this.#line.readOn()
    })
  }

  /** Delivers the body in one piece. */
  bodyStream(): Readable | null {
    return this.bodyBytes === 0 ? null : Readable.from(this.#wholeBody(), { objectMode: false })
  }

  async *#wholeBody(): AsyncGenerator<Buffer> {
    const body = await this.readBody(this.bodyBytes)
    if (typeof body === 'string') throw new Error('the client disconnected before the end of its body')
    yield body
  }

  sendHead(status: number, headers: ResponseHeaders): void {
    const { text, framing } = responseHead(status, headers, this.#line.fixedLines())
    this.#head = text
    this.#framing = framing
    // The head waits for the first chunk, which for a stream may take minutes.
    if (/^text\/event-stream\b/i.test(String(headers['content-type'])))
      setImmediate(() => {
        if (this.#head !== '' && !this.#ended) this.#send(NOTHING, false)
      })
  }

  sendChunk(chunk: Buffer): boolean {
    return this.#send(chunk, false)
  }

  end(lastChunk: Buffer = NOTHING): void {
    // A response that cannot be sent any more does not end: its client disconnects.
    if (this.#ended || !this.#line.socket.writable) return
    this.#send(lastChunk, true)
    this.#ended = true
    if (this.#bodyRemaining > 0) this.#discard()
    this.#line.succeeded(this.#framing.kind !== 'length' || this.#framing.bytes === this.#responseBytes)
  }

  abort(lastChunk?: Buffer): void {
    const { socket } = this.#line
    // Without the terminating chunk, no client takes the response for complete (RFC 9112 §8). A client that takes nothing is
    // disconnected at once, without the bytes that it was still to take.
    if (lastChunk === undefined || !socket.writable) return void socket.destroy()
    this.#send(lastChunk, false)
    this.#line.brokenOff()
  }

  listen(listener: ExchangeListener): void {
    this.#listener = listener
    if (this.#disconnected) listener.onDisconnect()
  }

  /** Takes the bytes of the body off the front, and returns the remainder. */
  takeBody(bytes: Buffer): Buffer {
    // What is joined must not share memory with what comes behind it.
    const part =
      bytes.length <= this.#bodyRemaining ? bytes : Buffer.from(bytes.subarray(0, this.#bodyRemaining))
    this.#bodyRemaining -= part.length
    if (!this.#discards && part.length > 0) this.#parts.push(part)
    if (this.#bodyRemaining === 0 && this.#reader !== null) this.#reader(this.#body())
    return part === bytes ? NOTHING : bytes.subarray(part.length)
  }

  get bodyIsHere(): boolean {
    return this.#bodyRemaining === 0
  }

  /** Bytes of the body that have not come. */
  get bodyRemaining(): number {
    return this.#bodyRemaining
  }

  /** As much of the body is buffered as may be before it is requested. */
  get isFull(): boolean {
    if (this.#bodyRemaining === 0 || this.#discards || this.#reader !== null) return false
    return this.bodyBytes - this.#bodyRemaining >= UNASKED_MAX_BYTES
  }

  get ended(): boolean {
    return this.#ended
  }

  /** A part of the response is being sent, and it is not the last. */
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
    this.#reader?.('disconnected')
    this.#listener?.onDisconnect()
  }

  #body(): Buffer {
    const body = joined(this.#parts, this.bodyBytes)
    this.#parts = []
    return body
  }

  #discard(): void {
    this.#discards = true
    this.#parts = []
    this.#line.readOn()
  }

  /** False: the client reads slowly, or has disconnected. */
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
