// Request logs for an export, oldest first, in batches, however many there are.

import type { Actor } from '../../domain/admins/actor.ts'
import { apiKeyId } from '../../domain/keys/api-key-id.ts'
import type { CallRecord } from '../../domain/logs/call-record.ts'
import type { RequestLogFilter } from '../../domain/logs/request-log-query.ts'
import * as search from '../../ledger/logs/request-log-search.ts'
import type { ControlPlane } from '../control-plane.ts'
import { findApiKeysByNumber } from '../keys/find-api-keys.ts'
import { logsWithin } from '../owners/within-owners.ts'

/** A log, with its key as people know it; null where it has none, or the key has been deleted. */
export type ExportedLog = { log: CallRecord; keyId: string | null; keyName: string | null }

export type ExportPart = {
  /** The cursor of the last row that is already there; absent: from the beginning. */
  after?: string
  /** Rows at most. */
  limit: number
  /** Ends the reading, between two batches. */
  signal: AbortSignal
}

// Rows of a batch: a millisecond or two of the event loop.
const BATCH = 200

/** The logs that match, of the keys that the actor may see when it begins. A search without an index goes on in bounded steps; an empty batch is one that has found nothing yet. */
export async function* exportRequestLogs(
  plane: ControlPlane,
  actor: Actor,
  filter: RequestLogFilter,
  { after, limit, signal }: ExportPart,
): AsyncGenerator<ExportedLog[], void, void> {
  await plane.ledger.settled()
  const within = await logsWithin(plane, actor, filter)
  let newerThan = after
  let left = limit
  while (left > 0 && !signal.aborted) {
    const page = {
      limit: Math.min(BATCH, left),
      oldestFirst: true,
      ...(newerThan !== undefined && { newerThan }),
    }
    const { records, stoppedAt } = await search.searchRequestLogs(plane.store, within, page)
    const inOrder = records.reverse()
    yield await withKeys(plane, actor, inOrder)
    left -= inOrder.length
    const isFull = inOrder.length === page.limit
    if (!isFull && stoppedAt === null) return
    newerThan = isFull ? inOrder.at(-1)?.id : (stoppedAt ?? undefined)
  }
}

async function withKeys(plane: ControlPlane, actor: Actor, logs: CallRecord[]): Promise<ExportedLog[]> {
  const numbers = new Set(logs.flatMap(({ apiKeyId: number }) => (number === null ? [] : [number])))
  const keys = numbers.size === 0 ? [] : await findApiKeysByNumber(plane, actor, [...numbers])
  const names = new Map(keys.map(({ id, name }) => [id, name]))
  return logs.map((log) => ({
    log,
    keyId: log.apiKeyId === null ? null : apiKeyId(log.apiKeyId),
    keyName: log.apiKeyId === null ? null : (names.get(log.apiKeyId) ?? null),
  }))
}
