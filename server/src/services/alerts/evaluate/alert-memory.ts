// What evaluation remembers from one round to the next. It belongs to this process: after a restart it is empty.
import type { Budget } from '../../../domain/policy/key-policy.ts'
import type { ControlPlane } from '../../control-plane.ts'
import { type CallWatch, createCallWatch } from './call-watch.ts'

export type AlertMemory = {
  watch: CallWatch
  /** Since when something that no table says the beginning of has been so, by its name; milliseconds since the epoch. */
  since: Map<string, number>
  /** The budgets in a policy's text, by the key's number, since reading a policy takes longer than comparing its text. */
  budgets: Map<number, { policy: string; budgets: Budget[] }>
}

/** The memory of a process that has evaluated nothing yet. */
export function createAlertMemory({ ledger, clock }: Pick<ControlPlane, 'ledger' | 'clock'>): AlertMemory {
  return { watch: createCallWatch(ledger, clock), since: new Map(), budgets: new Map() }
}

/** Remembers which of `names` are so now, and returns those that have been for `afterMs`. `prefix`: what all of them begin with. */
export function lasting(
  { since }: Pick<AlertMemory, 'since'>,
  prefix: string,
  names: ReadonlySet<string>,
  afterMs: number,
  nowMs: number,
): Set<string> {
  for (const name of since.keys()) {
    if (name.startsWith(prefix) && !names.has(name.slice(prefix.length))) since.delete(name)
  }
  const long = new Set<string>()
  for (const name of names) {
    const beganMs = since.get(prefix + name) ?? nowMs
    since.set(prefix + name, beganMs)
    if (nowMs - beganMs >= afterMs) long.add(name)
  }
  return long
}
