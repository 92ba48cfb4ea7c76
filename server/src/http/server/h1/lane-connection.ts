// One connection of the fast lane: request after request, until one comes that node:http has to read.
import type { Socket } from 'node:net'
import { type ClientAddresses, socketAddress } from '../../wire/client-address.ts'
import { LaneExchange, type Line } from './lane-exchange.ts'
import { type RequestHead, readRequestHead } from './request-head.ts'
import type { FixedLines } from './response-bytes.ts'

/** What all connections of a lane share. */
export type Lane = {
  /** Whether a request of this head is for the lane. */
  takes(head: RequestHead): boolean
  handle(exchange: LaneExchange): void
  /** What an answer that begins now says beside its own headers. */
  fixedLines(): FixedLines
  addresses: ClientAddresses
  /** How long a caller may take nothing of what is left of an answer that has ended; milliseconds. */
  clientIdleMs: number
  /** The server stops: nothing follows the answer under way. */
  isClosing(): boolean
  /** Gives a connection to node:http for good, with the bytes that node:http has to read first. */
  handOver(socket: Socket, bytes: Buffer): void
  /** Answers what is not a whole request in HTTP, and ends the connection. */
  refuse(error: Error & { code: string }, socket: Socket): void
  forget(connection: LaneConnection): void
}

/** In milliseconds, as those of the same names of node:http; a keep-alive connection is let go of this long after a call. */
export type LaneTimeouts = { headersTimeout: number; requestTimeout: number; keepAliveTimeout: number }

export class LaneConnection implements Line {
  readonly socket: Socket
  readonly #lane: Lane
  readonly #peer: string | null
  // It may tell of another caller with each request.
  readonly #isProxy: boolean
  #exchange: LaneExchange | null = null
  // What came after the request under way. No more is read meanwhile, so it stays within what one read and the socket's
  // buffer hold.
  #held: Buffer | null = null
  #served = false
  // When the request under way began, or else when the connection became idle.
  #sinceMs = performance.now()
  // When bytes of the body came last.
  #heardMs = 0
  #advancing = false
  #paused = false
  // What comes now is not for us: node:http reads it, or it follows what was refused.
  #released = false
  #refused = false
  // What was sent of an answer is its end.
  #brokenOff = false

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

  /** Ends what has taken too long; asked every few seconds. */
  expire(nowMs: number, timeouts: LaneTimeouts): void {
    // A caller that still takes the last answer is not idle, and has a time of its own.
    if (this.#exchange === null && this.socket.writableLength > 0) this.#sinceMs = nowMs
    const elapsedMs = nowMs - this.#sinceMs
    if (this.#refused) {
      if (elapsedMs > timeouts.headersTimeout) this.socket.destroy()
    } else if (this.#exchange !== null) {
      // Where it is we who do not read, the silence is not the caller's.
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
    const rest = this.#exchange === null ? chunk : this.#exchange.takeBody(chunk)
    if (rest.length > 0) this.#held = this.#held === null ? rest : Buffer.concat([this.#held, rest])
    this.#settle()
    this.#advance()
    if (isBusy) this.#checkHeld()
    this.#regulate()
  }

  // As node:http does: a caller that has said its last word is answered only what it is being answered already.
  readonly #onEnd = (): void => {
    if (this.#exchange !== null && this.#exchange.bodyRemaining > 0) this.#refuse('HPE_INVALID_EOF_STATE')
    else this.socket.end()
  }

  readonly #onDrain = (): void => {
    this.#exchange?.drained()
    this.#advance()
    this.#regulate()
  }

  // Node looks whether anything was taken before it says so.
  readonly #onTimeout = (): void => {
    const isOver = this.#exchange === null || this.#brokenOff
    if (isOver && this.socket.writableLength > 0) this.socket.destroy()
  }

  readonly #onClose = (): void => {
    this.#lane.forget(this)
    this.#exchange?.leave()
  }

  /** Begins as many of the requests that are there as are answered at once. */
  #advance(): void {
    if (this.#advancing) return
    this.#advancing = true
    // Answers that the caller does not read must not pile up.
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
    const rest = exchange.takeBody(bytes.subarray(head.bytes))
    if (rest.length > 0) this.#held = rest
    this.#lane.handle(exchange)
  }

  /** The next request may come once the answer has been sent and the body is there to its end, whoever was quicker. */
  #settle(): void {
    if (this.#exchange === null || !this.#exchange.ended || this.#exchange.bodyRemaining > 0) return
    this.#exchange = null
    this.#sinceMs = performance.now()
    if (this.socket.writableLength > 0) this.socket.setTimeout(this.#lane.clientIdleMs)
    if (this.#lane.isClosing()) this.socket.destroySoon()
    if (!this.socket.writable) return
    this.#advance()
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

  /** What comes during a call and cannot begin a request is refused at once; what could be one waits for its turn. */
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
    // In the middle of an answer a second head would pass for a part of it.
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
  // What follows an error of a socket is its close.
}
