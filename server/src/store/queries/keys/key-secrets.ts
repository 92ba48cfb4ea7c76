// Which secrets keys have, by their hashes.
import type { Store } from '../../store.ts'

type KeyTable = Pick<Store['prisma'], 'apiKey'>

/** Those of these SHA-256 hashes, in hex, that are of a key's secret or of its former one, whatever the key's status is. */
export async function takenHashes({ apiKey }: KeyTable, hashesHex: string[]): Promise<Set<string>> {
  const hashes = hashesHex.map((hex) => Uint8Array.from(Buffer.from(hex, 'hex')))
  const found = await apiKey.findMany({
    where: { OR: [{ secretHash: { in: hashes } }, { formerSecretHash: { in: hashes } }] },
    select: { secretHash: true, formerSecretHash: true },
  })
  const all = found.flatMap(({ secretHash, formerSecretHash }) => [secretHash, formerSecretHash])
  return new Set(all.flatMap((hash) => (hash === null ? [] : [Buffer.from(hash).toString('hex')])))
}
