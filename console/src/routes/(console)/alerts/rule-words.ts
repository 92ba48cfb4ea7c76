// Alerts in the reader's language: what each kind of rule watches, with its numbers, and what its alerts say.
import type { AlertChannelKind, AlertEvent, AlertKind, AlertRule, AlertSeverity } from '@latchkey/sdk'
import CircleAlert from '@lucide/svelte/icons/circle-alert'
import Info from '@lucide/svelte/icons/info'
import TriangleAlert from '@lucide/svelte/icons/triangle-alert'
import { formatDate, formatNumber, formatRelative } from '#lib/format.ts'
import { m } from '#lib/paraglide/messages.js'

export type ThresholdName =
  | 'percent'
  | 'windowMinutes'
  | 'minCalls'
  | 'afterSeconds'
  | 'withinDays'
  | 'learnDays'
  | 'backlogMb'

export type ScopeType = 'ALL' | 'KEY' | 'OWNER' | 'UPSTREAM'

type Bounds = { min: number; max: number; usual: number }
type Kind = {
  text: () => string
  /** What it says of a target. */
  says: (inputs: { target: string }) => string
  thresholds: Partial<Record<ThresholdName, Bounds>>
  scopes: readonly ScopeType[]
}

const windowMinutes = { min: 1, max: 60, usual: 15 }
const minCalls = { min: 1, max: 1_000_000, usual: 20 }
const afterSeconds = { min: 0, max: 86_400, usual: 60 }

/** The bounds are those of the server (domain/alerts/rules/alert-kinds.ts, alert-scope.ts). */
export const alertKinds: Record<AlertKind, Kind> = {
  BUDGET_SPENT: {
    text: m.alerts_kind_budget,
    says: m.alerts_says_budget,
    thresholds: { percent: { min: 1, max: 1000, usual: 80 } },
    scopes: ['ALL', 'KEY', 'OWNER'],
  },
  SPEND_PACE: {
    text: m.alerts_kind_pace,
    says: m.alerts_says_pace,
    thresholds: { percent: { min: 1, max: 1000, usual: 100 } },
    scopes: ['ALL', 'KEY', 'OWNER'],
  },
  ERROR_RATE: {
    text: m.alerts_kind_errors,
    says: m.alerts_says_errors,
    thresholds: { percent: { min: 1, max: 100, usual: 20 }, windowMinutes, minCalls },
    scopes: ['ALL', 'KEY', 'OWNER', 'UPSTREAM'],
  },
  DENIAL_RATE: {
    text: m.alerts_kind_denials,
    says: m.alerts_says_denials,
    thresholds: { percent: { min: 1, max: 100, usual: 50 }, windowMinutes, minCalls },
    scopes: ['ALL', 'KEY', 'OWNER'],
  },
  UPSTREAM_DOWN: {
    text: m.alerts_kind_upstream,
    says: m.alerts_says_upstream,
    thresholds: { afterSeconds },
    scopes: ['ALL', 'UPSTREAM'],
  },
  KEY_EXPIRING: {
    text: m.alerts_kind_expiry,
    says: m.alerts_says_expiry,
    thresholds: { withinDays: { min: 1, max: 365, usual: 7 } },
    scopes: ['ALL', 'KEY', 'OWNER'],
  },
  NEW_ADDRESS: {
    text: m.alerts_kind_address,
    says: m.alerts_says_address,
    thresholds: { learnDays: { min: 0, max: 90, usual: 7 } },
    scopes: ['ALL', 'KEY', 'OWNER'],
  },
  LEDGER_PROBLEM: {
    text: m.alerts_kind_ledger,
    says: m.alerts_says_ledger,
    thresholds: { afterSeconds, backlogMb: { min: 1, max: 1_000_000, usual: 100 } },
    scopes: ['ALL'],
  },
  NEW_DEVICE: { text: m.alerts_kind_device, says: m.alerts_says_device, thresholds: {}, scopes: ['ALL'] },
}

export const thresholdText: Record<ThresholdName, () => string> = {
  percent: m.alerts_percent,
  windowMinutes: m.alerts_window_minutes,
  minCalls: m.alerts_min_calls,
  afterSeconds: m.alerts_after_seconds,
  withinDays: m.alerts_within_days,
  learnDays: m.alerts_learn_days,
  backlogMb: m.alerts_backlog_mb,
}

export const alertSeverities = {
  INFO: { text: m.alerts_info, tone: 'plain', icon: Info },
  WARNING: { text: m.alerts_warning, tone: 'warn', icon: TriangleAlert },
  CRITICAL: { text: m.alerts_critical, tone: 'bad', icon: CircleAlert },
} as const satisfies Record<AlertSeverity, unknown>

export const channelKinds: Record<AlertChannelKind, () => string> = {
  WEBHOOK: m.alerts_webhook,
  EMAIL: m.alerts_email,
  SLACK: m.alerts_slack,
  FEISHU: m.alerts_feishu,
  DINGTALK: m.alerts_dingtalk,
  WECOM: m.alerts_wecom,
}

const events: Record<AlertEvent, () => string> = {
  OPENED: m.alerts_event_opened,
  REPEATED: m.alerts_event_repeated,
  RESOLVED: m.alerts_event_resolved,
  TEST: m.alerts_event_test,
}

/** "Opened". Of an event that a newer server has: "–". */
export function eventText(event: AlertEvent | null): string {
  return event === null ? '–' : (events[event]?.() ?? event)
}

/** What a rule watches, with its numbers, as one sentence. Of a kind of a newer server: "–". */
export function ruleSentence(rule: AlertRule): string {
  const number = (value: number | null) => (value === null ? '–' : formatNumber(value))
  const percent = number(rule.percent)
  const [minutes, calls] = [number(rule.windowMinutes), number(rule.minCalls)]
  switch (rule.kind) {
    case 'BUDGET_SPENT':
      return m.alerts_rule_budget({ percent })
    case 'SPEND_PACE':
      return m.alerts_rule_pace({ percent })
    case 'ERROR_RATE':
      return m.alerts_rule_errors({ percent, minutes, calls })
    case 'DENIAL_RATE':
      return m.alerts_rule_denials({ percent, minutes, calls })
    case 'UPSTREAM_DOWN':
      return m.alerts_rule_upstream({ seconds: number(rule.afterSeconds) })
    case 'KEY_EXPIRING':
      return m.alerts_rule_expiry({ days: number(rule.withinDays) })
    case 'NEW_ADDRESS':
      return m.alerts_rule_address({ days: number(rule.learnDays) })
    case 'LEDGER_PROBLEM':
      return m.alerts_rule_ledger({ seconds: number(rule.afterSeconds), mb: number(rule.backlogMb) })
    case 'NEW_DEVICE':
      return m.alerts_rule_device()
    default:
      return '–'
  }
}

/** What is known of an alert; `kind` is that of its rule. */
export type AlertSaying = {
  kind: string | null
  target: string
  targetName: string
  message: string
  /** When the key that it is about expires. */
  expiresAt?: string | null
}

/** What an alert is about: its name, but for all calls together, which the server names in English. */
export function targetText({ target, targetName }: Pick<AlertSaying, 'target' | 'targetName'>): string {
  return target === 'calls' ? m.alerts_all_calls() : targetName
}

/** What an alert says, as one sentence. Of a kind of a newer server: its own message. `now`: ms since the epoch. */
export function alertSaying({ kind, message, expiresAt, ...about }: AlertSaying, now: number): string {
  if (expiresAt != null && Date.parse(expiresAt) > now)
    return m.alerts_says_expiry_on({
      target: targetText(about),
      when: formatRelative(expiresAt, now),
      date: formatDate(expiresAt),
    })
  return isKind(kind) ? alertKinds[kind].says({ target: targetText(about) }) : message
}

const isKind = (kind: string | null): kind is AlertKind => kind !== null && Object.hasOwn(alertKinds, kind)

/** How many of what a rule is restricted to; null: it watches all. */
export function scopeText({ scope }: AlertRule): string {
  const { apiKeyIds, ownerIds, upstreamIds, label } = scope
  if (label) return `${label.name}=${label.value}`
  if (apiKeyIds.length > 0) return m.alerts_scope_keys({ count: formatNumber(apiKeyIds.length) })
  if (ownerIds.length > 0) return m.alerts_scope_owners({ count: formatNumber(ownerIds.length) })
  if (upstreamIds.length > 0) return m.alerts_scope_upstreams({ count: formatNumber(upstreamIds.length) })
  return m.alerts_scope_all()
}
