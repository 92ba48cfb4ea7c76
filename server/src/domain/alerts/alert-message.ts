// What a channel is sent about alerts: one JSON object, versioned. A webhook gets it as it is, a chat and e-mail as text.
import type { AlertKind, AlertSeverity } from './rules/alert-kinds.ts'

export const ALERT_EVENTS = ['OPENED', 'REPEATED', 'RESOLVED', 'TEST'] as const
export type AlertEvent = (typeof ALERT_EVENTS)[number]

/** The `type` of the message of each event. */
export const EVENT_TYPES: Record<AlertEvent, string> = {
  OPENED: 'alert.opened',
  REPEATED: 'alert.repeated',
  RESOLVED: 'alert.resolved',
  TEST: 'alert.test',
}

/** Fields may be added within a version; none is removed or changes its meaning. */
export const MESSAGE_VERSION = 1

/** More alerts of one cause are counted, and listed by the API. */
export const LISTED_MAX = 20

/** The webhook's body (docs/reference/alerts.md). Instants are RFC 3339 in UTC. */
export type AlertMessage = {
  type: string
  timestamp: string
  data: {
    version: number
    /** Null in a test. */
    rule: { id: string; name: string; kind: AlertKind; severity: AlertSeverity } | null
    /** How many alerts the message is about; `alerts` lists the first 20. */
    total: number
    alerts: {
      id: string
      target: { id: string; name: string }
      message: string
      openedAt: string
      resolvedAt: string | null
    }[]
    /** Where the console is; null where LATCHKEY_PUBLIC_URL is not set. */
    url: string | null
  }
}

export type MessageAlert = {
  id: string
  target: string
  targetLabel: string
  message: string
  openedAt: Date
  resolvedAt: Date | null
}

/** The message about alerts of one rule. */
export function alertMessage(
  event: AlertEvent,
  rule: AlertMessage['data']['rule'],
  alerts: readonly MessageAlert[],
  { nowMs, publicUrl }: { nowMs: number; publicUrl: string | null },
): AlertMessage {
  return {
    type: EVENT_TYPES[event],
    timestamp: new Date(nowMs).toISOString(),
    data: {
      version: MESSAGE_VERSION,
      rule,
      total: alerts.length,
      alerts: alerts.slice(0, LISTED_MAX).map((alert) => ({
        id: alert.id,
        target: { id: alert.target, name: alert.targetLabel },
        message: alert.message,
        openedAt: alert.openedAt.toISOString(),
        resolvedAt: alert.resolvedAt?.toISOString() ?? null,
      })),
      url: publicUrl,
    },
  }
}

/** The title and the lines that a person reads. Names in them are text of whoever chose them: the channel's format escapes it. */
export function messageText({ type, data }: AlertMessage): { title: string; lines: string[] } {
  if (data.rule === null)
    return { title: 'Latchkey: test message', lines: ['This channel can receive alerts.'] }
  const { name, severity } = data.rule
  const state =
    type === EVENT_TYPES.RESOLVED
      ? 'RESOLVED'
      : type === EVENT_TYPES.REPEATED
        ? `${severity}, still open`
        : severity
  const count = data.total === 1 ? '' : ` (${data.total})`
  const lines = data.alerts.map(({ target, message }) => `${target.name}: ${message}`)
  if (data.total > data.alerts.length) lines.push(`… and ${data.total - data.alerts.length} more`)
  if (data.url !== null) lines.push(data.url)
  return { title: `Latchkey [${state}] ${name}${count}`, lines }
}

/** The message in a stored text. */
export function storedMessage(text: string): AlertMessage {
  // Written by alertMessage alone, in this version or an earlier one of the same format.
  return JSON.parse(text) as AlertMessage
}
