// Removes the logs of deleted keys, a slice at a time, so that no transaction takes long however many there are. What the keys
// have used stays in the totals.
import { DELETED_KEYS } from '../../domain/usage/rollup.ts'
import { Rollups } from '../../domain/usage/rollups.ts'
import type { IngestionTransaction } from '../../store/ingestion.ts'

/**
 * Removes up to `limit` request logs of the key that was deleted first, with their content, and moves their share of the key's own
 * rollups to those of all deleted keys. False when no deleted key has anything to remove.
 */
export async function removeKeyLogs(tx: IngestionTransaction, limit: number): Promise<boolean> {
  const apiKeyId = await tx.nextKeyToRemove()
  if (apiKeyId === null) return false
  const records = await tx.takeLogsOfKey(apiKeyId, limit)
  await tx.removeContentsOf(records.map(({ id }) => id))
  const [ofKey, ofDeleted] = [new Rollups(), new Rollups()]
  for (const record of records) {
    ofKey.addToKey(record)
    ofDeleted.addDeleted(record)
  }
  await tx.subtractRollups(ofKey)
  if (records.length < limit) {
    // What remains are the key's rollups of logs that had expired before.
    const rest = await tx.takeTotalsOfKey(apiKeyId, limit)
    for (const { key, rollup } of rest) ofDeleted.merge({ ...key, value: DELETED_KEYS }, rollup)
    await tx.addRollups(ofDeleted)
    if (rest.length === limit) return true
    await tx.removeSpendOfKey(apiKeyId)
    await tx.endKeyRemoval(apiKeyId)
    return true
  }
  await tx.addRollups(ofDeleted)
  return true
}
