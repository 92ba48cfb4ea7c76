// How many attempts to deliver alerts this process has made, by what came of them.
import type { ControlPlane } from '../../control-plane.ts'

export type DeliveryCounts = Record<'delivered' | 'retried' | 'failed', number>

// Owner: this module. Key: the control plane, one a process. Three numbers each.
const counts = new WeakMap<ControlPlane, DeliveryCounts>()

/** Since the start of the process. The object grows with each attempt. */
export function deliveryCounts(plane: ControlPlane): DeliveryCounts {
  const known = counts.get(plane) ?? { delivered: 0, retried: 0, failed: 0 }
  counts.set(plane, known)
  return known
}
