// Sealing: gives committed audit events their place in the hash chain, one process at a time, in the order of their ids.
//
// It comes after the commit, so that no change waits for another one's transaction and none can deadlock over the end of the chain:
// a transaction that held it would hold it until its own end. PostgreSQL commits ids out of order; the chain has an order of its own.
import { CHAIN_VERSION, type ChainLink, linkHash } from '../../domain/audit/audit-chain.ts'
import { findUnsealed, readChainEnds, sealEvents } from '../../store/queries/audit/audit-chain.ts'
import type { Store } from '../../store/store.ts'

// In one transaction: some milliseconds of the database's one writer.
const BATCH = 200

// Owner: this module. Key: the store. One entry each: the last run, which the next one waits for.
const runs = new WeakMap<Store, Promise<ChainLink>>()

/**
 * Seals every event that was committed before the call; resolves with the head of the chain. Runs one after another. Rejects where
 * the database fails, or another process has sealed at the same time: then nothing of that batch was written.
 */
export function sealCommitted(store: Store): Promise<ChainLink> {
  const before = runs.get(store) ?? Promise.resolve()
  const run = before.then(
    () => seal(store),
    () => seal(store),
  )
  runs.set(store, run)
  return run
}

async function seal(store: Store): Promise<ChainLink> {
  let head: ChainLink | null = null
  for (;;) {
    const events = await findUnsealed(store, BATCH)
    if (events.length === 0) return head ?? (await readChainEnds(store)).head
    head ??= (await readChainEnds(store)).head
    const former = head
    const links: (ChainLink & { id: number })[] = []
    for (const event of events) {
      const position: number = head.position + 1
      const hash = linkHash(CHAIN_VERSION, position, head.hash, event)
      if (hash === null) throw new Error('the current version of the audit chain has no canonical form')
      head = { position, hash }
      links.push({ id: event.id, position, hash })
    }
    await sealEvents(store, former, links)
    if (events.length < BATCH) return head
  }
}
