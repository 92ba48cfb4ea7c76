// A caller's connection between its request to upgrade and the answer: nothing on it is lost, and its end is noticed.
import type { Socket } from 'node:net'

// A client may not send before it is answered (RFC 6455 §4.1); one that does is not given much room.
const EARLY_MAX_BYTES = 64 * 1024

export type HeldSocket = {
  /** Aborted when the caller leaves. */
  disconnected: AbortSignal
  /** Lets go, and answers what has come since the request; whoever takes the socket must do so in the same turn. */
  release(): Buffer
}

/** `head` is what came right behind the request. */
export function holdSocket(socket: Socket, head: Buffer): HeldSocket {
  const disconnected = new AbortController()
  const early = [head]
  let bytes = head.length
  const onData = (chunk: Buffer) => {
    early.push(chunk)
    bytes += chunk.length
    if (bytes > EARLY_MAX_BYTES) socket.destroy()
  }
  // Half a connection is none: what is asked for needs both.
  const onEnd = () => socket.destroy()
  const onClose = () => disconnected.abort()
  // Followed by a close.
  const onError = () => undefined
  socket.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onError)
  return {
    disconnected: disconnected.signal,
    release() {
      socket.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onError)
      return Buffer.concat(early)
    },
  }
}
