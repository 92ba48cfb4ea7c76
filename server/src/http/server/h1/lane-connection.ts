// One connection of the fast lane: request after request, until one comes that node:http has to read.
import type { Socket } from 'node:net'
import { type ClientAddresses, socketAddress } from '../../wire/client-address.ts'
import { LaneExchange, type Line } from './lane-exchange.ts'
import { type RequestHead, readRequestHead } from './request-head.ts'
import type { FixedLines } from './response-bytes.ts'

/** What all connections of a lane share. */
export type Lane = {
  /** Whether the lane serves a request with this head. */
  takes(head: RequestHead): boolean
  handle(exchange: LaneExchange): void
  /** The header lines of a response that begins now, beside its own. */
  fixedLines(): FixedLines
  addresses: ClientAddresses
  /** How long a client may take no byte of the remainder of an ended response; milliseconds. */
  clientIdleMs: number
  /** The server stops: no request is read after the response in flight. */
  isClosing(): boolean
  /** Hands a connection over to node:http for good, with the bytes that node:http has to read first. */
  handOver(socket: Socket, bytes: Buffer): void
  /** Responds to what is not a whole HTTP request, and closes the connection. */
  refuse(error: Error & { code: string }, socket: Socket): void
  forget(connection: LaneConnection): void
}

/** In milliseconds, as those of the same names of node:http; a keep-alive connection is closed this long after a call. */
export type LaneTimeouts = { headersTimeout: number; requestTimeout: number; keepAliveTimeout: number }

export class LaneConnection implements Line {
  readonly socket: Socket
  readonly #lane: Lane
  readonly #peer: string | null
  // Each request may come from another client, through a proxy.
  readonly #isProxy: boolean
  #exchange: LaneExchange | null = null
  // Bytes behind the request in flight. No more is read meanwhile, so they stay within what one read and the socket's
  // buffer hold.
  #held: Buffer | null = null
  #served = false
  // When the request in flight began, or else when the connection became idle.
  #sinceMs = performance.now()
  // When the last bytes of the body came.
  #heardMs = 0
  #advancing = false
  #paused = false
  // Bytes that come now are not for the lane: node:http reads them, or they follow a refused request.
  #released = false
  #refused = false
  // The response was aborted: nothing follows what was sent of it.
  #brokenOff = false
  // The response says that the connection closes after it.
  #saidClose = false

  constructor(lane: Lane, socket: Socket) {
    this.#lane = lane
    this.socket = socket
    this.#peer = socketAddress(socket.remoteAddress)
    this.#isProxy = lane.addresses.trusts(this.#peer)
    socket.on('data', this.#onData)
    socket.on('end', this.#onEnd)
    socket.on('drain', this.#onDrain)
    socket.on('close', this.#onClose)
    socket.on('timeout', this.#onTimeout)
    socket.on('error', ignore)
  }

  get isIdle(): boolean {
    return this.#exchange === null && this.socket.writableLength === 0
  }

  /** Enforces the time limits; called every few seconds. */
  expire(nowMs: number, timeouts: LaneTimeouts): void {
    // A client that still takes the last response is not idle, and has a limit of its own.
    if (this.#exchange === null && this.socket.writableLength > 0) this.#sinceMs = nowMs
    const elapsedMs = nowMs - this.#sinceMs
    if (this.#refused) {
      if (elapsedMs > timeouts.headersTimeout) this.socket.destroy()
    } else if (this.#exchange !== null) {
      // Where the gateway does not read, the client is not at fault.
      if (this.#paused) this.#heardMs = nowMs
      const isSilent = nowMs - this.#heardMs > this.#lane.clientIdleMs
      if (this.#exchange.bodyRemaining > 0 && (isSilent || elapsedMs > timeouts.requestTimeout))
        this.#refuse('ERR_HTTP_REQUEST_TIMEOUT')
    } else if (this.#served) {
      if (elapsedMs > timeouts.keepAliveTimeout) this.socket.destroy()
    } else if (elapsedMs > timeouts.headersTimeout) {
      // Not a byte has come: with the first, the connection is busy here or node:http's.
      this.#refuse('ERR_HTTP_REQUEST_TIMEOUT')
    }
  }

  fixedLines(): FixedLines {
    this.#saidClose = this.#lane.isClosing()
    return this.#lane.fixedLines()
  }

  readOn(): void {
    this.#regulate()
  }

  succeeded(isWhole: boolean): void {
    if (isWhole) this.#settle()
    else this.socket.destroySoon()
  }

  brokenOff(): void {
    this.#brokenOff = true
    this.socket.setTimeout(this.#lane.clientIdleMs)
    this.socket.destroySoon()
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#refused) return
    const isBusy = this.#exchange !== null
    if (isBusy) this.#heardMs = performance.now()
    const remainder = this.#exchange === null ? chunk : this.#exchange.takeBody(chunk)
    if (remainder.length > 0)
      this.#held = this.#held === null ? remainder : Buffer.concat([this.#held, remainder])
    this.#settle()
    this.#advance()
    if (isBusy) this.#checkHeld()
    this.#regulate()
  }

  // As node:http does: a client that has ended its side gets the response in flight and no other.
  readonly #onEnd = (): void => {
    if (this.#exchange !== null && this.#exchange.bodyRemaining > 0) this.#refuse('HPE_INVALID_EOF_STATE')
    else this.socket.end()
  }

  readonly #onDrain = (): void => {
    this.#exchange?.drained()
    this.#advance()
    this.#regulate()
  }

  // Node checks whether anything was taken before it emits a timeout.
  readonly #onTimeout = (): void => {
    const isOver = this.#exchange === null || this.#brokenOff
    if (isOver && this.socket.writableLength > 0) this.socket.destroy()
  }

  readonly #onClose = (): void => {
    this.#lane.forget(this)
    this.#exchange?.leave()
  }

  /** Begins buffered requests for as long as each gets its response at once. */
  #advance(): void {
    if (this.#advancing) return
    this.#advancing = true
    // Responses that the client does not read must not pile up.
    while (this.#held !== null && this.#exchange === null && !this.socket.writableNeedDrain) {
      const bytes = this.#held
      this.#held = null
      this.#begin(bytes)
    }
    this.#advancing = false
  }

  #begin(bytes: Buffer): void {
    const head = readRequestHead(bytes)
    if (head === null || !this.#lane.takes(head)) return this.#release(bytes)
    const clientIp = this.#isProxy
      ? this.#lane.addresses.of(this.#peer, head.headers['x-forwarded-for'])
      : this.#peer
    const exchange = new LaneExchange(this, head, clientIp)
    this.#exchange = exchange
    this.#served = true
    this.#sinceMs = performance.now()
    this.#heardMs = this.#sinceMs
    const remainder = exchange.takeBody(bytes.subarray(head.bytes))
    if (remainder.length > 0) this.#held = remainder
    this.#lane.handle(exchange)
  }

  /** The next request may begin once the response has been sent and the body has come to its end, in either order. */
  #settle(): void {
    if (this.#exchange === null || !this.#exchange.ended || this.#exchange.bodyRemaining > 0) return
    this.#exchange = null
    this.#sinceMs = performance.now()
    if (this.socket.writableLength > 0) this.socket.setTimeout(this.#lane.clientIdleMs)
    // A client that does not know it may have sent its next request already.
    if (this.#saidClose) return this.#closeAfterResponse()
    if (!this.socket.writable) return
    this.#advance()
    this.#regulate()
  }

  /**
   * Ends this side, and reads on until the client closes: closing with bytes unread would reset the connection, and the client
   * could lose the response (RFC 9112 §9.6).
   */
  #closeAfterResponse(): void {
    this.#refused = true
    this.#held = null
    this.socket.end()
    this.#regulate()
  }

  #release(bytes: Buffer): void {
    this.#released = true
    this.socket.off('data', this.#onData)
    this.socket.off('end', this.#onEnd)
    this.socket.off('drain', this.#onDrain)
    this.socket.off('close', this.#onClose)
    this.socket.off('timeout', this.#onTimeout)
    this.socket.off('error', ignore)
    this.socket.setTimeout(0)
    this.#lane.forget(this)
    this.#lane.handOver(this.socket, bytes)
  }

  /** Bytes that come during a call and cannot begin a request are refused at once; what could begin one waits. */
  #checkHeld(): void {
    const first = this.#held?.[0]
    if (first === undefined || this.#exchange === null) return
    const isCapital = first >= 0x41 && first <= 0x5a
    if (!isCapital && first !== CR && first !== LF) this.#refuse('HPE_INVALID_METHOD')
  }

  #refuse(code: string): void {
    this.#refused = true
    this.#held = null
    this.#sinceMs = performance.now()
    // In the middle of a response, a second head would be read as a part of it.
    if (this.#exchange?.responding === true) return void this.socket.destroy()
    this.#lane.refuse(Object.assign(new Error('not a whole request'), { code }), this.socket)
  }

  #regulate(): void {
    if (this.#released) return
    const isFull = this.#exchange === null ? this.socket.writableNeedDrain : this.#exchange.isFull
    const pause = !this.#refused && (this.#held !== null || isFull)
    if (pause === this.#paused) return
    this.#paused = pause
    if (pause) this.socket.pause()
    else this.socket.resume()
  }
}

const CR = 0x0d
const LF = 0x0a

function ignore(): void {
  // A socket's error is followed by its close.
}
