// Retention of the ledger, as the ingesting thread carries it out, for tests that say what has expired.
import type { Ingestion } from '@latchkey/server/ledger/ingest/ingestion.ts'
import type { RetentionBounds } from '@latchkey/server/ledger/retention/retention-bounds.ts'

/** Removes all that has expired by these instants, a few rows at a time; what is not named here never expires. */
export async function removeAllExpired(
  ingestion: Ingestion,
  part: Partial<RetentionBounds>,
  limit = 3,
): Promise<void> {
  const expired = { logsBeforeMs: null, contentsBeforeMs: null, rollupsBeforeMs: null, ...part }
  while (await ingestion.removeExpired(expired, limit));
}
