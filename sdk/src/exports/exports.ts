// Exports: request logs, usage and the audit trail as streams of rows, however many there are.
import type { ActorType, RequestLogFilter } from '../generated/operations.ts'
import type { CallOptions, ResolvedOptions } from '../transport/options.ts'
import { Export } from './export.ts'

export type ExportLimits = {
  /** Rows at most: 1 to 10,000,000, which is the default. */
  limit?: number | undefined
  /** The cursor of the last row that is already there: its `id`. */
  after?: string | undefined
}

export type ExportLogsArgs = ExportLimits & { filter?: RequestLogFilter | undefined }

export type ExportUsageArgs = ExportLimits & {
  /** When the calls began: an instant or a day of UTC, as text; widened to whole hours. `to` is not included; absent: now. */
  from: string
  to?: string | undefined
  /** How long a row's period is. Default: day. */
  period?: 'hour' | 'day' | 'week' | 'month' | undefined
  /** Whose days, weeks and months: a name of the IANA time zone database. Default: UTC. */
  timeZone?: string | undefined
  /** Of these keys alone. */
  apiKeyId?: readonly string[] | undefined
  /** The columns of FOCUS 1.2 in place of our own. */
  columns?: 'own' | 'focus' | undefined
}

export type ExportAuditArgs = ExportLimits & {
  from?: string | undefined
  to?: string | undefined
  /** Such as `api_key.create`. */
  action?: readonly string[] | undefined
  /** The kinds of actor: any of these. */
  actorType?: readonly ActorType[] | undefined
  /** The name of an admin or an admin token. */
  actor?: string | undefined
  targetType?: string | undefined
  targetId?: string | undefined
  /** The address of the actor's client. */
  ip?: string | undefined
  requestId?: string | undefined
}

export class Exports {
  readonly #options: ResolvedOptions

  constructor(options: ResolvedOptions) {
    this.#options = options
  }

  /** The request logs that match, oldest first. Content is never in them. */
  logs({ filter = {}, ...limits }: ExportLogsArgs = {}, options?: CallOptions): Export {
    const { at, ...parts } = filter
    const range = { from: at?.from, to: at?.to }
    return new Export(this.#options, 'logs', queryOf({ ...parts, ...range, ...limits }), options)
  }

  /** What each key used of each model in each period, in the order of key, period and model. */
  usage(args: ExportUsageArgs, options?: CallOptions): Export {
    return new Export(this.#options, 'usage', queryOf(args), options)
  }

  /** The audit events that match, oldest first. */
  audit(args: ExportAuditArgs = {}, options?: CallOptions): Export {
    return new Export(this.#options, 'audit', queryOf(args), options)
  }
}

/** Arguments as the server's parameters: lists by commas, ranges as `_min` and `_max`. */
function queryOf(args: object): Record<string, string> {
  const query: Record<string, string> = {}
  for (const [key, value] of Object.entries(args) as [string, unknown][]) {
    const name = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    if (value === undefined || value === null) continue
    if (Array.isArray(value))
      query[name] = value.map((member) => textOf(member).replaceAll(',', '\\,')).join(',')
    else if (value instanceof Date) query[name] = value.toISOString()
    else if (typeof value === 'object') Object.assign(query, boundsOf(name, value))
    else query[name] = String(value)
  }
  return query
}

/** A label is `name=value`. */
function textOf(member: unknown): string {
  if (typeof member !== 'object' || member === null) return String(member)
  const { name, value } = member as { name: string; value: string }
  return `${name}=${value}`
}

function boundsOf(
  name: string,
  range: { eq?: unknown; gte?: unknown; lte?: unknown },
): Record<string, string> {
  const [min, max] = [range.eq ?? range.gte, range.eq ?? range.lte]
  return {
    ...(min != null && { [`${name}_min`]: String(min) }),
    ...(max != null && { [`${name}_max`]: String(max) }),
  }
}
