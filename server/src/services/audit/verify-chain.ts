// Verifying the hash chain of audit events, from its checkpoint to its head.
import { setImmediate as turn } from 'node:timers/promises'
import { type ChainLink, linkHash } from '../../domain/audit/audit-chain.ts'
import type { ChainAnchor } from '../../domain/audit/chain-anchor.ts'
import {
  type ChainEnds,
  countUnsealed,
  readChainEnds,
  readSealed,
} from '../../store/queries/audit/audit-chain.ts'
import type { Store } from '../../store/store.ts'
import { sealCommitted } from './seal-events.ts'

/**
 * CHANGED: the content, or the hash before it, is not what was sealed. MISSING: there is no event at the position. HEAD: the last
 * event is not the one that was sealed last. UNKNOWN_VERSION: a later version of Latchkey has sealed it.
 */
export const CHAIN_FAULTS = ['CHANGED', 'MISSING', 'HEAD', 'UNKNOWN_VERSION'] as const
export type ChainFault = (typeof CHAIN_FAULTS)[number]

export type ChainVerification = {
  ok: boolean
  /** Events that were verified, up to the fault. */
  checked: number
  /** The position of the first event at fault; null: none is. */
  brokenAt: number | null
  fault: ChainFault | null
  checkpoint: ChainLink
  head: ChainLink
  /** Committed events that have no place in the chain yet. */
  unsealed: number
  /** Whether the event at the anchor's position has its hash; null: no anchor was given, or its event has been removed. */
  anchorMatches: boolean | null
}

const PAGE = 500

/** Reads every sealed event, a page in a turn of the event loop. Works while a server runs. Rejects where the database fails. */
export async function verifyChain(
  store: Store,
  anchor: ChainAnchor | null = null,
): Promise<ChainVerification> {
  for (;;) {
    const ends = await readChainEnds(store)
    const walk = await walkChain(store, ends, anchor)
    // Retention has removed the first events meanwhile: what is left begins elsewhere.
    if (walk.fault !== null && (await readChainEnds(store)).checkpoint.position !== ends.checkpoint.position)
      continue
    const { checkpoint, head } = ends
    return {
      ...walk,
      ok: walk.fault === null && walk.anchorMatches !== false,
      checkpoint,
      head,
      unsealed: await countUnsealed(store),
    }
  }
}

/** Seals what is committed, then verifies: for the process that seals. */
export async function verifySealed(store: Store, anchor: ChainAnchor | null): Promise<ChainVerification> {
  await sealCommitted(store)
  return verifyChain(store, anchor)
}

type Walk = Pick<ChainVerification, 'checked' | 'brokenAt' | 'fault' | 'anchorMatches'>

async function walkChain(
  store: Store,
  { checkpoint, head }: ChainEnds,
  anchor: ChainAnchor | null,
): Promise<Walk> {
  let last = checkpoint
  let anchorMatches = anchor === null ? null : anchorAt(anchor, checkpoint, null)
  const broken = (fault: ChainFault, brokenAt: number): Walk => ({
    checked: last.position - checkpoint.position,
    brokenAt,
    fault,
    anchorMatches,
  })
  while (last.position < head.position) {
    const events = await readSealed(store, last.position, PAGE)
    if (events.length === 0) return broken('MISSING', last.position + 1)
    for (const event of events) {
      const { position, hash } = event.link
      if (position > head.position) break
      if (position !== last.position + 1) return broken('MISSING', last.position + 1)
      const expected = linkHash(event.version, position, last.hash, event)
      if (expected === null) return broken('UNKNOWN_VERSION', position)
      if (!equal(expected, hash)) return broken('CHANGED', position)
      last = event.link
      if (anchor !== null) anchorMatches = anchorAt(anchor, last, anchorMatches)
    }
    await turn()
  }
  if (!equal(last.hash, head.hash)) return broken('HEAD', head.position)
  // An anchor beyond the head names an event that is there no more.
  if (anchor !== null && anchor.position > head.position) anchorMatches = false
  return { checked: last.position - checkpoint.position, brokenAt: null, fault: null, anchorMatches }
}

function anchorAt(
  { position, hashHex }: ChainAnchor,
  link: ChainLink,
  known: boolean | null,
): boolean | null {
  return position === link.position ? Buffer.from(link.hash).toString('hex') === hashHex : known
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
