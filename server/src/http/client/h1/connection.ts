// One connection to an upstream: one call at a time, from the bytes of its request to the end of its response.
import type { Duplex } from 'node:stream'
import type { TransportReason } from '../../../domain/upstreams/transport-reason.ts'
import { transportReasonOf } from '../../../domain/upstreams/transport-reason-of.ts'
import { IDLE_CONNECTION_MS, isRace, type UpstreamTimeouts } from '../upstream-client.ts'
import type { Deadlines, Watched } from './deadlines.ts'
import type { LeanCall } from './lean-call.ts'
import { type Progress, ResponseParser } from './response-parser.ts'

/** The events of a connection for the pool that it belongs to. */
export type ConnectionOwner = {
  /** It may serve another call. */
  onIdle(connection: Connection): void
  /** It is closed, or will serve no other call; may come more than once. */
  onDisconnect(connection: Connection): void
  /** It closed before a byte of a response, and its upstream cannot have served the call: to be sent again. */
  onRace(call: LeanCall): void
}

type SocketParts = { ref?(): unknown; unref?(): unknown }

// How much earlier than the upstream's keep-alive timeout.
const KEEP_MARGIN_MS = 2_000
// A smaller body is copied behind its head, into one write; copying a larger one would cost more than a second write.
const ONE_WRITE_MAX_BYTES = 32 * 1024

export class Connection implements Watched {
  deadlineMs: number
  readonly #owner: ConnectionOwner
  readonly #timeouts: UpstreamTimeouts
  readonly #deadlines: Deadlines
  readonly #parser = new ResponseParser()
  readonly #socket: Duplex & SocketParts
  #call: LeanCall | null
  #state: 'connecting' | 'busy' | 'paused' | 'idle' | 'reserved' | 'closed' = 'connecting'
  #served = 0
  /** When the in-flight call was written, on the clock of `performance`; of a connection that has served others. */
  #writtenAtMs = 0
  /** The upstream has closed its side while a part of the response was still to be read here. */
  #ended = false

  /** Connects for a first call, which is written as soon as it can be. */
  constructor(
    owner: ConnectionOwner,
    timeouts: UpstreamTimeouts,
    deadlines: Deadlines,
    first: LeanCall,
    open: (onOpen: () => void, onBytes: (bytes: Buffer) => void) => Duplex,
  ) {
    this.#owner = owner
    this.#timeouts = timeouts
    this.#deadlines = deadlines
    this.#call = first
    first.connection = this
    this.deadlineMs = deadlines.in(timeouts.connectMs)
    deadlines.watch(this)
    this.#socket = open(
      () => this.#onOpen(),
      (bytes) => this.#onBytes(bytes),
    )
    this.#socket.on('end', () => this.#onEnd())
    this.#socket.on('error', (error: NodeJS.ErrnoException) => this.#onError(error))
    this.#socket.on('close', () => this.#onClose())
  }

  /** Reserves it for a call that `write` will write; bytes that come before belong to no call, and close the connection. */
  reserve(call: LeanCall): void {
    this.#state = 'reserved'
    this.#call = call
    call.connection = this
    this.#socket.ref?.()
  }

  /** Writes the reserved call; false where the connection has closed in the meantime. */
  write(): boolean {
    if (this.#state !== 'reserved') return false
    this.#begin()
    return true
  }

  resume(): void {
    if (this.#state !== 'paused') return
    this.#state = 'busy'
    this.deadlineMs = this.#deadlines.in(this.#timeouts.idleMs)
    this.#socket.resume()
    const { remainder } = this.#parser
    if (remainder.length > 0) this.#read(remainder)
    if (this.#ended && this.#isBusy()) this.#onEnd()
  }

  /** The call is aborted. */
  release(): void {
    this.#parser.release()
    this.#call = null
    this.destroy()
  }

  /** The in-flight call fails. */
  destroy(): void {
    this.#lose('unreachable', 'CONNECTION_CLOSED')
  }

  onDeadline(): void {
    if (this.#state === 'connecting') return this.#lose('timeout', 'CONNECT_TIMEOUT')
    this.#lose('timeout', this.#parser.head === null ? 'HEAD_TIMEOUT' : 'IDLE_TIMEOUT')
  }

  #onOpen(): void {
    if (this.#state === 'connecting') this.#begin()
  }

  #begin(): void {
    const call = this.#call
    if (call === null) return
    const { head, body, toHead } = call.request
    this.#state = 'busy'
    this.#parser.begin(call.listener, toHead)
    this.deadlineMs = this.#deadlines.in(this.#timeouts.headMs)
    if (this.#served > 0) this.#writtenAtMs = performance.now()
    if (body === null) {
      this.#socket.write(head, 'latin1')
    } else if (body.length <= ONE_WRITE_MAX_BYTES) {
      const bytes = Buffer.allocUnsafe(head.length + body.length)
      bytes.write(head, 0, 'latin1')
      body.copy(bytes, head.length)
      this.#socket.write(bytes)
    } else {
      this.#socket.cork()
      this.#socket.write(head, 'latin1')
      this.#socket.write(body)
      this.#socket.uncork()
    }
  }

  #onBytes(bytes: Buffer): void {
    if (this.#state === 'busy') return this.#read(bytes)
    if (this.#state === 'closed') return
    // Unsolicited: read as a response, they would go to the wrong client.
    this.#lose('unreachable', 'INVALID_RESPONSE')
  }

  #read(bytes: Buffer): void {
    switch (this.#feed(bytes)) {
      case 'more':
        if (this.#parser.head !== null) this.deadlineMs = this.#deadlines.in(this.#timeouts.idleMs)
        return
      case 'paused':
        this.#state = 'paused'
        this.deadlineMs = Number.POSITIVE_INFINITY
        this.#socket.pause()
        return
      case 'whole':
        return this.#complete()
      case 'broken':
        return this.#lose('unreachable', 'INVALID_RESPONSE')
      case 'aborted':
        return
    }
  }

  /** A listener that throws fails its call, not the process. */
  #feed(bytes: Buffer): Progress {
    try {
      return this.#parser.feed(bytes)
    } catch {
      return 'broken'
    }
  }

  #complete(): void {
    const call = this.#call
    const { head, remainder, hadMore } = this.#parser
    this.#call = null
    this.#served++
    const keptMs = Math.min(
      IDLE_CONNECTION_MS,
      (head?.keptForMs ?? Number.POSITIVE_INFINITY) - KEEP_MARGIN_MS,
    )
    const reusable =
      head?.reusable === true &&
      keptMs > 0 &&
      // Bytes behind a response belong to no call.
      remainder.length === 0 &&
      // Trailers and interim responses are rare, and how they were read must affect no other call.
      !hadMore &&
      // The upstream has responded before it had the whole request.
      this.#socket.writableLength === 0 &&
      !this.#ended
    if (reusable) {
      this.#state = 'idle'
      this.deadlineMs = this.#deadlines.in(keptMs)
      this.#socket.unref?.()
      this.#owner.onIdle(this)
    } else {
      this.destroy()
    }
    call?.end()
  }

  #onEnd(): void {
    if (this.#state === 'paused') {
      this.#ended = true
      return
    }
    if (this.#state === 'busy' && this.#parser.endsWithConnection()) return this.#complete()
    this.#lose('unreachable', 'CONNECTION_CLOSED')
  }

  #onClose(): void {
    // What is still to be read of the response is whole up to the upstream's own end of it.
    if (this.#state !== 'paused' || !this.#ended) this.#lose('unreachable', 'CONNECTION_CLOSED')
  }

  #onError(error: NodeJS.ErrnoException): void {
    // The system's own timeout for an address that does not respond may be shorter than this one.
    const late = this.#state === 'connecting' && isConnectTimeout(error)
    this.#lose(late ? 'timeout' : 'unreachable', transportReasonOf(error))
  }

  /** The connection closes; a call on it fails, or is sent once more if it cannot have an effect twice. */
  #lose(failure: 'unreachable' | 'timeout', reason: TransportReason): void {
    if (this.#state === 'closed') return
    const call = this.#call
    const { succeeded, head } = this.#parser
    const reserved = this.#state === 'reserved'
    const begun = this.#state !== 'connecting'
    this.#state = 'closed'
    this.#call = null
    this.#deadlines.forget(this)
    this.#parser.release()
    this.#socket.destroy()
    this.#owner.onDisconnect(this)
    // A reserved call is not written yet, and its pool finds another connection for it.
    if (call === null || reserved) return
    if (this.#served > 0 && !succeeded && failure !== 'timeout') {
      const afterMs = performance.now() - this.#writtenAtMs
      if (isRace(call.request.idempotent, afterMs, this.#timeouts)) return this.#owner.onRace(call)
    }
    const reported = failure === 'timeout' ? failure : head === null ? 'unreachable' : 'interrupted'
    call.fail(reported, begun, reason)
  }

  #isBusy(): boolean {
    return this.#state === 'busy'
  }
}

function isConnectTimeout(error: NodeJS.ErrnoException): boolean {
  if (error.code === 'ETIMEDOUT') return true
  return error instanceof AggregateError && error.errors.some((one) => one?.code === 'ETIMEDOUT')
}
