// Verifying the hash chain of a database from outside of the server, which may run beside.
import { existsSync } from 'node:fs'
import type { ChainAnchor } from '../../domain/audit/chain-anchor.ts'
import { openStore } from '../../store/open-store.ts'
import { databaseKind } from '../../store/store.ts'
import { verifyChain } from './verify-chain.ts'

/** The verification in the form in which the API has it, with hashes in hex. Rejects where there is no database. */
export async function verifyDatabase(database: string, anchor: ChainAnchor | null) {
  // Opening would make an empty one.
  if (databaseKind(database) === 'sqlite' && !existsSync(database)) {
    throw new Error(`There is no database at ${database}. Is LATCHKEY_DATA_DIR that of the server?`)
  }
  const store = await openStore(database)
  try {
    const { checkpoint, head, ...chain } = await verifyChain(store, anchor)
    return { ...chain, checkpoint: inHex(checkpoint), head: inHex(head) }
  } finally {
    await store.close()
  }
}

function inHex({ position, hash }: { position: number; hash: Uint8Array }) {
  return { position, hash: Buffer.from(hash).toString('hex') }
}
