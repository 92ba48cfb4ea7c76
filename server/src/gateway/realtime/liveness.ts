// Notices a peer that is gone without a word: its machine is off, or the network between is.
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'

/**
 * Pings every `intervalMs` and terminates a peer that showed no life over two of these. Life is a message, a ping or pong,
 * or that some of what waited for it has gone out. A peer that is paused cannot be heard and is not judged.
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
    // Without a backlog, bytes that went out say only that the kernel had room for them.
    if (peer.isPaused || (waiting > 0 && sentNow > sent)) missed = 0
    if (missed >= 2) return peer.terminate()
    missed++
    if (peer.readyState === peer.OPEN) peer.ping()
    waiting = socket.writableLength
    sent = socket.bytesWritten - waiting
  }, intervalMs)
  peer.once('close', () => clearInterval(timer))
}
