// The server's log of upstreams that cannot be reached: the first failure of an upstream for a reason at once, and then one line a
// minute with how many there were.
import type { Logger } from 'pino'
import { TRANSPORT_REASONS, type TransportReason } from '../domain/upstreams/transport-reason.ts'

const EVERY_MS = 60_000
// Upstreams times reasons: more than anyone has. Emptied where there are more; a line too many is said then.
const ENTRIES_MAX = 1_000

/**
 * Takes each failed attempt. Owner: the data plane of a process. Key: the upstream's name and the reason. Bound: ENTRIES_MAX.
 * Lifetime: the process's. `monotonic`: milliseconds.
 */
export function createTransportLog(
  log: Logger,
  monotonic: () => number = () => performance.now(),
): (upstream: string, reason: TransportReason) => void {
  const entries = new Map<string, { failures: number; nextMs: number }>()
  return (upstream, reason) => {
    const nowMs = monotonic()
    const key = `${reason} ${upstream}`
    let entry = entries.get(key)
    if (entry === undefined) {
      if (entries.size >= ENTRIES_MAX) entries.clear()
      entry = { failures: 0, nextMs: nowMs }
      entries.set(key, entry)
    }
    entry.failures++
    if (nowMs < entry.nextMs) return
    log.warn({ upstream, reason, failures: entry.failures }, TRANSPORT_REASONS[reason])
    entry.failures = 0
    entry.nextMs = nowMs + EVERY_MS
  }
}
