// Detects a peer that is disconnected without a close: its machine is off, or the network in between is.
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'

/**
 * Pings every `intervalMs` and terminates a peer without a sign of life over two of these. A sign of life is a message, a ping or
 * pong, or that some of what was buffered for it was sent. Nothing is read from a paused peer, so it is not judged.
 */
export function watchLiveness(peer: WebSocket, socket: Socket, intervalMs: number): void {
  let missed = 0
  let waiting = 0
  let sent = 0
  const heard = () => {
    missed = 0
  }
  peer.on('message', heard).on('ping', heard).on('pong', heard)
  const timer = setInterval(() => {
    const sentNow = socket.bytesWritten - socket.writableLength
    // Without a backlog, bytes that were sent say only that the kernel had room for them.
    if (peer.isPaused || (waiting > 0 && sentNow > sent)) missed = 0
    if (missed >= 2) return peer.terminate()
    missed++
    if (peer.readyState === peer.OPEN) peer.ping()
    waiting = socket.writableLength
    sent = socket.bytesWritten - waiting
  }, intervalMs)
  peer.once('close', () => clearInterval(timer))
}
