// Reading request logs and usage. Every read waits for what was recorded before it, so that a call that has just ended is included.
import type { Actor } from '../../domain/admins/actor.ts'
import type { CallRecord } from '../../domain/logs/call-record.ts'
import type { RequestLogFilter, RequestLogPage } from '../../domain/logs/request-log-query.ts'
import * as logs from '../../ledger/logs/request-logs.ts'
import type { UsageRange } from '../../ledger/usage/usage-range.ts'
import { reportUsage, type UsageReport } from '../../ledger/usage/usage-report.ts'
import type { ControlPlane } from '../control-plane.ts'
import { keysWithin, logsWithin, requireUsageWithin } from '../owners/within-owners.ts'

export type { RequestLogFilter } from '../../domain/logs/request-log-query.ts'
export type { UsageReport } from '../../ledger/usage/usage-report.ts'

/** A page of request logs, newest first. */
export async function findRequestLogs(
  plane: ControlPlane,
  actor: Actor,
  filter: RequestLogFilter,
  page: RequestLogPage,
): Promise<CallRecord[]> {
  await plane.ledger.settled()
  return logs.findRequestLogs(plane.store, await logsWithin(plane, actor, filter), page)
}

/** The request logs of ids that the actor may see, by id. At most 1,000. */
export async function findRequestLogsById(
  plane: ControlPlane,
  actor: Pick<Actor, 'owners'>,
  ids: string[],
): Promise<Map<string, CallRecord>> {
  await plane.ledger.settled()
  const [found, keys] = await Promise.all([
    logs.findRequestLogsById(plane.store, ids),
    keysWithin(plane, actor),
  ])
  if (keys === null) return found
  const allowed = new Set<number | null>(keys)
  return new Map([...found].filter(([, { apiKeyId }]) => allowed.has(apiKeyId)))
}

/** Of those that match and that the actor may see. */
export async function countRequestLogs(
  plane: ControlPlane,
  actor: Actor,
  filter: RequestLogFilter,
): Promise<number> {
  await plane.ledger.settled()
  return logs.countRequestLogs(plane.store, await logsWithin(plane, actor, filter))
}

/** The usage of one key, or of all. Throws NOT_FOUND and FORBIDDEN as `requireUsageWithin` does. */
export async function readUsage(plane: ControlPlane, actor: Actor, range: UsageRange): Promise<UsageReport> {
  await requireUsageWithin(plane, actor, range.apiKeyId)
  await plane.ledger.settled()
  return reportUsage(plane.store, range)
}
