// Relays messages and closes between a client and its upstream until one of them ends the session.

import type { RawData, WebSocket } from 'ws'
import { type CallError, callError } from '../../domain/errors.ts'
import type { Outcome } from '../../domain/logs/call-record.ts'
import { numberedCode } from '../../domain/logs/log-codes.ts'

export type SessionEnd = {
  outcome: Outcome
  /** On the client's side: what it sent, or what it is sent; 1006 where it disconnected without a close (RFC 6455 §7.4.1). */
  closeCode: number
  error: { code: string; message: string | null } | null
}

type Passed = Buffer

type Close = { code: number; reason: string }

export type Relaying = {
  /** What may be buffered for a slow reader before its sender is paused. */
  bufferedBytes: number
  /** The text of an upstream without the gateway's secrets. */
  reported(text: string): string
  /** A message of the client: what the upstream is sent in its place; null: nothing. Those that follow wait. */
  onRequestMessage(message: Buffer): Passed | null | Promise<Passed | null>
  /** A message of the upstream: what the client is sent in its place. Those that follow wait. */
  onUpstreamMessage(message: Buffer, isText: boolean): Passed | Promise<Passed>
  /** Whether the upstream still owes what a response costs: it is read on for that when the client has disconnected. */
  owesUsage(): boolean
  /** How long it is read on for that at most; milliseconds. */
  drainMs: number
  /** An internal error of the gateway: a message could not be read. */
  onInternalError(error: unknown): void
  /** Once. Where the client's side is to be closed, `close` does it, so that the record can be written first. */
  onEnd(end: SessionEnd, close: () => void): void
}

/** The abort of a session, which neither peer has requested. */
export type SessionAbort = { outcome: Outcome; closeCode: number; reason: string; error: CallError }

/** A running relay, which can be aborted. */
export type Relay = {
  abort(abort: SessionAbort): void
  /** Sends the client a text message of the gateway's own. */
  send(message: Buffer): void
}

/** Both peers are open; the upstream's may be paused. Order is kept, text stays text, and each message one message. */
export function relay(client: WebSocket, upstream: WebSocket, relaying: Relaying): Relay {
  let ended = false
  // Set while the client has disconnected, and its upstream is read on.
  let drained: (() => void) | null = null

  carry(client, upstream, (message) => relaying.onRequestMessage(message))
  const fromUpstream = carry(upstream, client, relaying.onUpstreamMessage)
  onOver(client, (close, fault) => {
    const end = clientEnd(close.code, fault)
    drain(() => {
      // The client's close code goes on; that it disconnected without one, as 1001.
      closePeer(upstream, fault === null && close.code !== 1006 ? close : { code: 1001, reason: '' })
      finish(end, NOTHING_TO_CLOSE)
    })
  })
  onOver(upstream, (close, fault) => {
    const { end, toClient } = upstreamEnd({ ...close, reason: relaying.reported(close.reason) }, fault)
    // The last message may still be on its way.
    fromUpstream.whenPassed(() => {
      // What ended the session was its client.
      if (drained !== null) drained()
      else finish(end, () => closePeer(client, toClient))
    })
  })
  upstream.resume()

  function carry(
    from: WebSocket,
    to: WebSocket,
    passed: (message: Buffer, isText: boolean) => Passed | null | Promise<Passed | null>,
  ): { whenPassed(then: () => void): void } {
    // Set while a message waits for what must happen before it is sent; those behind it are few, since `from` is paused.
    let waiting: Promise<void> | null = null
    const onSent = () => {
      if (waiting === null && from.isPaused && to.bufferedAmount <= relaying.bufferedBytes / 2) from.resume()
    }
    const send = (message: Passed | null, isBinary: boolean) => {
      if (drained !== null && !relaying.owesUsage()) drained()
      if (message === null || ended || to.readyState !== to.OPEN) return onSent()
      to.send(message, { binary: isBinary }, onSent)
      if (to.bufferedAmount > relaying.bufferedBytes && !from.isPaused) from.pause()
    }
    const sendLater = (message: Promise<Passed | null>, isBinary: boolean) => {
      if (!from.isPaused) from.pause()
      const sending = message.then(
        (ready) => {
          if (waiting === sending) waiting = null
          send(ready, isBinary)
        },
        (error: unknown) => {
          if (waiting === sending) waiting = null
          relaying.onInternalError(error)
        },
      )
      waiting = sending
    }
    from.on('message', (data: RawData, isBinary: boolean) => {
      // What the upstream reports is read also when the client no longer takes it.
      if (ended || (to === upstream && to.readyState !== to.OPEN)) return
      // The binaryType of both peers is nodebuffer.
      const message = data as Buffer
      const result =
        waiting === null
          ? passed(message, !isBinary)
          : waiting.then(() => (ended ? null : passed(message, !isBinary)))
      if (result instanceof Promise) sendLater(result, isBinary)
      else send(result, isBinary)
    })
    return {
      whenPassed(then) {
        if (waiting === null) then()
        else waiting.then(() => this.whenPassed(then))
      },
    }
  }

  /** Reads the upstream on while it owes usage, and then ends the session. */
  function drain(end: () => void): void {
    if (ended || drained !== null || !relaying.owesUsage()) return end()
    upstream.resume()
    const timer = setTimeout(() => drained?.(), relaying.drainMs)
    drained = () => {
      clearTimeout(timer)
      drained = null
      end()
    }
  }

  function finish(end: SessionEnd, close: () => void): void {
    if (ended) return
    ended = true
    relaying.onEnd(end, close)
    // A paused peer would not read the response to its close.
    client.resume()
    upstream.resume()
  }

  return {
    abort({ outcome, closeCode, reason, error }) {
      // The upstream must not learn that a key was stopped.
      drained?.()
      if (!ended) closePeer(upstream, { code: 1001, reason: '' })
      finish({ outcome, closeCode, error }, () => closePeer(client, { code: closeCode, reason }))
    },
    send(message) {
      if (!ended && client.readyState === client.OPEN) client.send(message, { binary: false })
    },
  }
}

const NOTHING_TO_CLOSE = () => undefined

/** A peer broke the protocol or a limit; `ws` has closed it with this code. */
type Fault = { code: number; message: string }

/** Calls back once, when a peer is closed or at fault. */
function onOver(peer: WebSocket, over: (close: Close, fault: Fault | null) => void): void {
  let reported = false
  const report = (close: Close, fault: Fault | null) => {
    if (reported) return
    reported = true
    over(close, fault)
  }
  peer.on('error', (error: NodeJS.ErrnoException) => {
    const fault = faultOf(error.code)
    // Any other error is of the connection, and its close follows.
    if (fault !== null) report({ code: fault.code, reason: '' }, fault)
  })
  peer.once('close', (code, reason) => report({ code, reason: reason.toString('utf8') }, null))
}

/** The errors of `ws` that begin with WS_ERR_ are about what the peer sent. */
function faultOf(code: string | undefined): Fault | null {
  switch (code) {
    case 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH':
    case 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH':
      return { code: 1009, message: 'A message was larger than this gateway carries.' }
    case 'WS_ERR_TOO_MANY_BUFFERED_PARTS':
      return { code: 1008, message: 'A message came in more parts than this gateway collects.' }
    case 'WS_ERR_INVALID_UTF8':
      return { code: 1007, message: 'A text message was not UTF-8.' }
    default:
      return code?.startsWith('WS_ERR_') === true
        ? { code: 1002, message: 'A frame was not as RFC 6455 wants it.' }
        : null
  }
}

function clientEnd(closeCode: number, fault: Fault | null): SessionEnd {
  if (fault !== null)
    return {
      outcome: 'ERROR',
      closeCode,
      error: { code: numberedCode('closed', fault.code), message: fault.message },
    }
  if (closeCode === 1006) return { outcome: 'CANCELLED', closeCode, error: null }
  if (isNormal(closeCode) || closeCode >= 3000) return { outcome: 'SUCCESS', closeCode, error: null }
  // The client itself reports a failure.
  return {
    outcome: 'CANCELLED',
    closeCode,
    error: { code: numberedCode('closed', closeCode), message: null },
  }
}

function upstreamEnd({ code, reason }: Close, fault: Fault | null): { end: SessionEnd; toClient: Close } {
  if (fault !== null || code === 1006) {
    const { message } = callError('upstream_interrupted')
    return {
      end: {
        outcome: 'ERROR',
        closeCode: 1011,
        error: { code: 'upstream_interrupted', message: fault?.message ?? message },
      },
      toClient: { code: 1011, reason: fault?.message ?? message },
    }
  }
  const error = isNormal(code)
    ? null
    : { code: numberedCode('upstream_closed', code), message: reason || null }
  return {
    end: { outcome: error === null ? 'SUCCESS' : 'ERROR', closeCode: code, error },
    toClient: { code, reason },
  }
}

/** Ended as planned, going away, and without a code (RFC 6455 §7.4.1). */
function isNormal(code: number): boolean {
  return code === 1000 || code === 1001 || code === 1005
}

// RFC 6455 §5.5: 125 bytes with the code.
const REASON_MAX_BYTES = 123

/** 1005 stands for a close without a code, and is never sent. */
function closePeer(peer: WebSocket, { code, reason }: Close): void {
  if (code === 1005) return peer.close()
  const bytes = Buffer.from(reason).subarray(0, REASON_MAX_BYTES)
  // A character of which the limit keeps only a part is dropped.
  peer.close(code, new TextDecoder().decode(bytes, { stream: true }))
}
