// What can be exported: its parameters, its columns, and where its rows come from.
import { badInput } from '../../domain/admin-errors.ts'
import type { Actor } from '../../domain/admins/actor.ts'
import { type AuditEventFilter, exportAuditEvents } from '../../services/audit/export-audit-events.ts'
import type { ControlPlane } from '../../services/control-plane.ts'
import { type ExportPart, exportRequestLogs } from '../../services/logs/export-request-logs.ts'
import { exportUsage } from '../../services/usage/export-usage.ts'
import { AUDIT_TABLE } from './audit-columns.ts'
import type { ExportTable } from './export-column.ts'
import {
  COMMON_PARAMETERS,
  LOG_PARAMETERS,
  readAfterId,
  readLogFilter,
  readRange,
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
    parameters: [...COMMON_PARAMETERS, 'action', 'actor', 'target_type', 'target_id'],
    forRestricted: false,
    open(plane, _actor, query, nowMs) {
      const { fromMs, toMs } = readRange(query)
      const text = (name: string) => {
        const value = query.get(name)
        if (value !== null && (value.length > 200 || !value.isWellFormed() || /\p{Cc}/u.test(value)))
          throw badInput(name, `${name} must be plain text of at most 200 characters.`)
        return value
      }
      const [action, actorName, targetType, targetId] = ['action', 'actor', 'target_type', 'target_id'].map(
        text,
      )
      const after = query.get('after')
      const filter: AuditEventFilter = {
        ...(fromMs !== null && { fromMs }),
        toMs: toMs ?? nowMs + 1,
        ...(action && { action: action.split(',', 100) }),
        ...(actorName && { actorName }),
        ...(targetType && { targetType }),
        ...(targetId && { targetId }),
      }
      return {
        table: AUDIT_TABLE,
        rows: (part) => exportAuditEvents(plane, filter, { ...part, ...(after !== null && { after }) }),
      }
    },
  },
}
