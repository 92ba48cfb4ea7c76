// What can be exported: its parameters, its columns, and where its rows come from.
import type { Actor } from '../../domain/admins/actor.ts'
import { exportAuditEvents } from '../../services/audit/export-audit-events.ts'
import type { ControlPlane } from '../../services/control-plane.ts'
import { type ExportPart, exportRequestLogs } from '../../services/logs/export-request-logs.ts'
import { exportUsage } from '../../services/usage/export-usage.ts'
import { AUDIT_TABLE } from './audit-columns.ts'
import { AUDIT_PARAMETERS, readAuditFilter } from './audit-parameters.ts'
import type { ExportTable } from './export-column.ts'
import {
  LOG_PARAMETERS,
  readAfterId,
  readLogFilter,
  readUsageExport,
  USAGE_PARAMETERS,
  wantsFocus,
} from './export-parameters.ts'
import { LOG_TABLE } from './log-columns.ts'
import { focusTable, USAGE_TABLE } from './usage-columns.ts'

/** An export whose parameters have been read. */
type OpenedExport<Row> = {
  table: ExportTable<Row>
  rows(part: Pick<ExportPart, 'limit' | 'signal'>): AsyncIterable<Row[]>
}

type ExportSource = {
  parameters: readonly string[]
  /** Throws BAD_USER_INPUT naming the parameter at fault. */
  // biome-ignore lint/suspicious/noExplicitAny: the row of each source is its own, and only its own table reads it
  open(plane: ControlPlane, actor: Actor, query: URLSearchParams, nowMs: number): OpenedExport<any>
  /** An actor that is restricted to owners gets the rows of their keys; false: nothing. */
  forRestricted: boolean
}

export type ExportName = 'logs' | 'usage' | 'audit'

export const EXPORTS: Record<ExportName, ExportSource> = {
  logs: {
    parameters: LOG_PARAMETERS,
    forRestricted: true,
    open(plane, actor, query, nowMs) {
      const filter = readLogFilter(query)
      const after = readAfterId(query)
      // What begins while the export runs is not in it.
      const bounded = { ...filter, toMs: Math.min(filter.toMs ?? Number.POSITIVE_INFINITY, nowMs + 1) }
      return {
        table: LOG_TABLE,
        rows: (part) =>
          exportRequestLogs(plane, actor, bounded, { ...part, ...(after !== undefined && { after }) }),
      }
    },
  },
  usage: {
    parameters: USAGE_PARAMETERS,
    forRestricted: true,
    open(plane, actor, query, nowMs) {
      const usage = readUsageExport(query, nowMs)
      const after = query.get('after')
      const { host = 'latchkey' } = plane.publicUrl === null ? {} : new URL(plane.publicUrl)
      return {
        table: wantsFocus(query) ? focusTable(host, usage.timeZone) : USAGE_TABLE,
        rows: (part) => exportUsage(plane, actor, usage, { ...part, ...(after !== null && { after }) }),
      }
    },
  },
  audit: {
    parameters: AUDIT_PARAMETERS,
    forRestricted: false,
    open(plane, _actor, query, nowMs) {
      const filter = readAuditFilter(query, nowMs)
      const after = query.get('after')
      return {
        table: AUDIT_TABLE,
        rows: (part) => exportAuditEvents(plane, filter, { ...part, ...(after !== null && { after }) }),
      }
    },
  },
}
