// Alert rules as the store has them.
import { alertRuleId } from '../../../domain/alerts/alert-id.ts'
import {
  type AlertKind,
  type AlertSeverity,
  storedKind,
  storedSeverity,
  storedThresholds,
  type Thresholds,
} from '../../../domain/alerts/rules/alert-kinds.ts'
import { type AlertScope, storedScope } from '../../../domain/alerts/rules/alert-scope.ts'
import type { AuditTarget } from '../../../domain/audit/audit-event.ts'
import { nameTaken, noSuch, type Result, stale } from '../../../domain/user-error.ts'
import type { Store } from '../../../store/store.ts'
import type { ChannelRow } from '../channels/channel-row.ts'

/** What a read of a rule brings along. */
export const WITH_CHANNELS = {
  channels: { include: { channel: true }, orderBy: { channelId: 'asc' } },
} as const

export type RuleRow = Awaited<ReturnType<Store['prisma']['alertRule']['findUniqueOrThrow']>> & {
  channels: { channelId: number; channel: ChannelRow }[]
}

export type RuleView = Omit<RuleRow, 'id' | 'kind' | 'scope' | 'thresholds' | 'severity' | 'channels'> & {
  id: string
  number: number
  /** Null: a later version knows the kind. */
  kind: AlertKind | null
  scope: AlertScope
  thresholds: Thresholds
  severity: AlertSeverity
  channels: ChannelRow[]
}

/** The rule with what its columns hold as text read. */
export function ruleView(row: RuleRow): RuleView {
  return {
    ...row,
    id: alertRuleId(row.id),
    number: row.id,
    kind: storedKind(row.kind),
    scope: storedScope(row.scope),
    thresholds: storedThresholds(row.thresholds),
    severity: storedSeverity(row.severity),
    channels: row.channels.map(({ channel }) => channel),
  }
}

/** The rule as audit events name it. */
export function ruleTarget({ id, name }: Pick<RuleRow, 'id' | 'name'>): AuditTarget {
  return { type: 'AlertRule', id: alertRuleId(id), label: name }
}

/** `id` holds the id of no rule. */
export function noSuchRule(): Result<never> {
  return noSuch('alert rule', 'id')
}

/** `name` is that of another rule. */
export function ruleNameTaken(name: string): Result<never> {
  return nameTaken('an alert rule', name)
}

/** `expectedVersion` is not that of the rule. */
export function staleRule(): Result<never> {
  return stale('rule')
}
