// What a request log hands to the playground: in the memory of this page alone, until the playground has taken it. Texts of calls are in
// no address and in no storage.
import type { Replay } from './replay.ts'

/** `logId`: of the request that it is read from; `redactions`: places of it that were redacted when it was kept. */
export type OfferedReplay = Replay & { logId: string; endpoint: string; redactions: number }

let offered: OfferedReplay | null = null

/** Null: there is none any more, as when the playground was not opened. */
export function offerReplay(replay: OfferedReplay | null): void {
  offered = replay
}

/** The one that is offered, once. */
export function takeReplay(): OfferedReplay | null {
  const taken = offered
  offered = null
  return taken
}
