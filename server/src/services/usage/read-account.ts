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

/** One request log; null where there is none that the actor may see. */
export async function findRequestLog(
  plane: ControlPlane,
  actor: Actor,
  id: string,
): Promise<CallRecord | null> {
  await plane.ledger.settled()
  const [log, keys] = await Promise.all([logs.findRequestLog(plane.store, id), keysWithin(plane, actor)])
  const isHidden = keys !== null && (log === null || log.apiKeyId === null || !keys.includes(log.apiKeyId))
  return isHidden ? null : log
}

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
