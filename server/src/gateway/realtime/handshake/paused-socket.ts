// A client's connection between its request to upgrade and the response: its bytes are held, and its end is noticed.
import type { Socket } from 'node:net'

// A client may not send before the response (RFC 6455 §4.1); for one that does, little is held.
const EARLY_MAX_BYTES = 64 * 1024

export type HeldSocket = {
  /** Aborted when the client disconnects. */
  disconnected: AbortSignal
  /** Stops, and returns what has come since the request; whoever takes the socket must do so in the same turn. */
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
  // A session needs both directions of the connection.
  const onEnd = () => socket.destroy()
  const onClose = () => disconnected.abort()
  // A close follows.
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
