// The health of the ledger, in figures that may be shown.

import { HOUR_MS } from '../../domain/time.ts'
import { requestIdTimeMs } from '../../domain/uuid.ts'
import { type Disagreement, verifyLedger } from '../../ledger/verify/verify.ts'
import { readOpenCalls } from '../../store/queries/open-calls.ts'
import type { ControlPlane } from '../control-plane.ts'

// A call that is recorded between two reads of a verification is in one of them.
const VERIFICATION_ATTEMPTS = 3

export type LedgerHealth = {
  openCalls: number
  oldestOpenCallAtMs: number | null
  journalLagBytes: number
  journalWritable: boolean
  heldBytes: number
  lostRecords: number
  droppedContents: number
  quarantinedRecords: number
  ingestError: string | null
}

export type LedgerVerification = { fromMs: number; rows: number; disagreements: Disagreement[] }

/** The state of this node's journal, and the in-flight calls of all nodes. */
export async function readLedgerHealth({ ledger, store }: ControlPlane): Promise<LedgerHealth> {
  await ledger.settled()
  const { count, oldestId } = await readOpenCalls(store)
  const state = ledger.state()
  return {
    openCalls: count,
    oldestOpenCallAtMs: oldestId === null ? null : requestIdTimeMs(oldestId),
    journalLagBytes: state.lagBytes,
    journalWritable: state.journalWritable,
    heldBytes: state.heldBytes,
    lostRecords: state.lostLines,
    droppedContents: state.droppedContents,
    quarantinedRecords: state.quarantined,
    ingestError: state.ingestError === null ? null : publicReason(state.ingestError),
  }
}

/**
 * Compares the rows of the last hours with the rollups. Calls that end meanwhile may make them differ for a moment: what
 * differs by the same amount every time it is looked at does differ.
 */
export async function verifyRecent(
  { ledger, store, clock, rollupRetentionMs }: ControlPlane,
  hours: number,
): Promise<LedgerVerification> {
  const nowMs = clock()
  const sinceMs = nowMs - hours * HOUR_MS
  const rollupsBeforeMs = rollupRetentionMs === null ? null : nowMs - rollupRetentionMs
  let lasting: Disagreement[] | null = null
  for (let attempts = 1; ; attempts++) {
    await ledger.settled()
    const { fromMs, rows, disagreements } = await verifyLedger(store, { sinceMs, rollupsBeforeMs })
    const before: Set<string> = new Set(lasting?.map(sameness))
    lasting = lasting === null ? disagreements : disagreements.filter((one) => before.has(sameness(one)))
    if (lasting.length === 0 || attempts === VERIFICATION_ATTEMPTS)
      return { fromMs, rows, disagreements: lasting }
  }
}

function sameness({ what, rows, totals }: Disagreement): string {
  return `${what}\n${rows - totals}`
}

/** The error message of a database, without addresses, names and statements: those are in the server's log. */
export function publicReason(error: string): string {
  if (/locked|busy/i.test(error)) return 'The database is locked by another process.'
  if (/ECONN|ENOTFOUND|EAI_AGAIN|EHOST|ETIMEDOUT|terminat|connect|timeout/i.test(error))
    return 'The database cannot be reached.'
  if (/authentication|password|permission/i.test(error)) return 'The database does not let Latchkey in.'
  if (/disk|full|space|ENOSPC/i.test(error)) return 'The disk of the database is full.'
  return "The database refused what it was given; the server's log says why."
}
