// The priority of one thread, for work that must not take the core from the threads that serve calls.
import { getPriority, setPriority } from 'node:os'

// A ninth of a core against a thread that wants all of it, and the whole core against none (sched(7)). A higher number would
// leave a thread that holds a lock of the allocator or of SQLite too little to give it back soon.
const LOWER_BY = 10
const NICE_MAX = 19

/**
 * Lowers the priority of the calling thread alone, by 10 from what the process has. Returns whether it did: false where the
 * platform knows no priority of a thread, or refuses. It cannot be undone: only a privileged process may raise a priority
 * (setpriority(2)), so a thread that must run at full priority again is replaced by a new one.
 */
export function lowerThreadPriority(): boolean {
  // On Linux, 0 means the calling thread; elsewhere it would be the whole process.
  if (process.platform !== 'linux') return false
  try {
    setPriority(0, Math.min(NICE_MAX, getPriority(0) + LOWER_BY))
    return true
  } catch {
    return false
  }
}
