// Removes the logs of deleted keys, a slice at a time, so that no transaction takes long however many there are.
import { Rollups } from '../../domain/usage/rollup.ts'
import type { IngestionTransaction } from '../../store/ingestion.ts'

/**
 * Removes up to `limit` request logs of the key that was deleted first, with their content, and subtracts them from the rollups.
 * False when no deleted key has anything to remove.
 */
export async function removeKeyLogs(tx: IngestionTransaction, limit: number): Promise<boolean> {
  const apiKeyId = await tx.nextKeyToRemove()
  if (apiKeyId === null) return false
  const records = await tx.takeLogsOfKey(apiKeyId, limit)
  await tx.removeContentsOf(records.map(({ id }) => id))
  const rollups = new Rollups()
  for (const record of records) rollups.add(record)
  await tx.subtractRollups(rollups)
  if (records.length === limit) return true
  // What remains are the key's rollups of logs that had expired before.
  await tx.removeRollupsOfKey(apiKeyId)
  await tx.endKeyRemoval(apiKeyId)
  return true
}
