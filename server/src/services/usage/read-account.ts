// Reading request logs and usage. Every read waits for what was recorded before it, so that a call that has just ended is included.
import type { CallRecord } from '../../domain/logs/call-record.ts'
import type { RequestLogFilter, RequestLogPage } from '../../domain/logs/request-log-query.ts'
import * as logs from '../../ledger/logs/request-logs.ts'
import type { UsageRange } from '../../ledger/usage/usage-range.ts'
import { reportUsage, type UsageReport } from '../../ledger/usage/usage-report.ts'
import type { ControlPlane } from '../control-plane.ts'

export type { RequestLogFilter } from '../../domain/logs/request-log-query.ts'
export type { UsageReport } from '../../ledger/usage/usage-report.ts'

/** A page of request logs, newest first. */
export async function findRequestLogs(
  plane: ControlPlane,
  filter: RequestLogFilter,
  page: RequestLogPage,
): Promise<CallRecord[]> {
  await plane.ledger.settled()
  return logs.findRequestLogs(plane.store, filter, page)
}

export async function findRequestLog(plane: ControlPlane, id: string): Promise<CallRecord | null> {
  await plane.ledger.settled()
  return logs.findRequestLog(plane.store, id)
}

export async function countRequestLogs(plane: ControlPlane, filter: RequestLogFilter): Promise<number> {
  await plane.ledger.settled()
  return logs.countRequestLogs(plane.store, filter)
}

export async function readUsage(plane: ControlPlane, range: UsageRange): Promise<UsageReport> {
  await plane.ledger.settled()
  return reportUsage(plane.store, range)
}
