// The live tail: calls as they end on this node, from now on or from a cursor.

import { badInput } from '../../domain/admin-errors.ts'
import type { Actor } from '../../domain/admins/actor.ts'
import type { CallRecord } from '../../domain/logs/call-record.ts'
import type { RequestLogFilter } from '../../domain/logs/request-log-query.ts'
import { HOUR_MS } from '../../domain/time.ts'
import { requestIdTimeMs } from '../../domain/uuid.ts'
import type { RecordTail, TailBatch, TailReader } from '../../ledger/logs/live-tail.ts'
import { endedMs, findEndedSince } from '../../ledger/logs/request-log-backfill.ts'
import { matcherOf } from '../../ledger/logs/request-log-match.ts'
import { findRequestLog } from '../../ledger/logs/request-logs.ts'
import type { ControlPlane } from '../control-plane.ts'
import { type AccessHolds, follow } from '../follow.ts'
import { findApiKeysByNumber } from '../keys/find-api-keys.ts'
import { logsWithin } from '../owners/within-owners.ts'

export { createRecordTail, type RecordTail, type TailBatch } from '../../ledger/logs/live-tail.ts'

const TAILS_MAX = 100
// How much of what it missed a reader gets when it reconnects.
const BACKFILL_MAX = 1_000
const BACKFILL_SPAN_MS = HOUR_MS
// Durations are whole milliseconds, and a record is taken a moment after its call's end.
const END_SLACK_MS = 10

/**
 * Batches of the calls that match, in the order in which they end. With `after`, the id of the last log that a reader
 * has seen, it begins with what came since: exactly, where this process still remembers that log; else what ended since
 * according to the database, within an hour, where a log of the same few milliseconds may come twice. Ends as
 * `follow` says. Throws BAD_USER_INPUT where too many tails are open.
 */
export async function tailRequestLogs(
  plane: ControlPlane,
  actor: Actor,
  tail: RecordTail,
  sent: RequestLogFilter,
  after: string | null,
  accessHolds: AccessHolds,
): Promise<AsyncIterableIterator<TailBatch>> {
  const filter = await logsWithin(plane, actor, sent)
  if (tail.readers() >= TAILS_MAX) {
    throw badInput(
      null,
      `${TAILS_MAX} live tails are open on this node. Close one, or page through requestLogs.`,
    )
  }
  // What is recorded from here on waits for the reader while it looks for what came before.
  const recent = tail.recent()
  const reader = tail.open(matcherOf(filter), after)
  let behind = after !== null && !reader.resumed ? after : null

  async function next(): Promise<TailBatch | null> {
    if (behind !== null) await catchUp(plane, tail, reader, { filter, after: behind, recent })
    behind = null
    for (;;) {
      const batch = await reader.next()
      if (batch === null) return null
      const logs = await ofLivingKeys(plane, actor, batch.logs)
      if (logs.length > 0 || batch.dropped > 0) return { ...batch, logs }
    }
  }

  return follow(plane, { next, end: () => reader.end() }, accessHolds)
}

type Missed = { filter: RequestLogFilter; after: string; recent: CallRecord[] }

/** Gives a reader what the database knows to have ended after the log it has seen last. */
async function catchUp(
  plane: ControlPlane,
  tail: RecordTail,
  reader: TailReader,
  { filter, after, recent }: Missed,
): Promise<void> {
  await plane.ledger.settled()
  const seen = await findRequestLog(plane.store, after)
  const endedAfterMs = (seen === null ? requestIdTimeMs(after) : endedMs(seen)) - END_SLACK_MS
  const sinceMs = Math.max(endedAfterMs, plane.clock() - BACKFILL_SPAN_MS)
  const { records, more } = await findEndedSince(plane.store, filter, sinceMs, BACKFILL_MAX)
  const matches = matcherOf(filter)
  // What this process remembers may not be in the database yet; what it has recorded meanwhile comes by itself.
  const remembered = recent.filter((record) => endedMs(record) >= sinceMs && matches(record))
  const known = new Set([after, ...[...recent, ...tail.recent()].map(({ id }) => id)])
  const missed = [
    ...records.filter(({ id }) => !known.has(id)),
    ...remembered.filter(({ id }) => id !== after),
  ]
  const kept = missed.slice(-BACKFILL_MAX)
  reader.prepend(kept, more + missed.length - kept.length)
}

/** Without the calls of deleted keys, and of those that have left the owners of the actor. While the database is unavailable this cannot be checked: all of them. */
async function ofLivingKeys(plane: ControlPlane, actor: Actor, logs: CallRecord[]): Promise<CallRecord[]> {
  const numbers = [...new Set(logs.map(({ apiKeyId }) => apiKeyId).filter((number) => number !== null))]
  if (numbers.length === 0) return logs
  const keys = await findApiKeysByNumber(plane, actor, numbers).catch(() => null)
  if (keys === null) return logs
  const living = new Set(keys.map(({ id }) => id))
  return logs.filter(({ apiKeyId }) => apiKeyId === null || living.has(apiKeyId))
}
