// What a delivery says: its message, read for the screen, and where each thing that it names is shown.
import type { AlertDelivery } from '@latchkey/sdk'
import { at, parsed } from '#lib/json-at.ts'
import { type AlertSaying, alertSaying, targetText } from './rule-words.ts'

export type DeliveryMessage = {
  /** Null in a test. */
  rule: string | null
  /** The first 20 of its alerts. */
  alerts: { id: string; target: string; targetName: string; says: string }[]
}

/** The message of a delivery as WEBHOOKs are sent it. Of a shape that a newer server has: null. */
export function readMessage({
  message,
  createdAt,
}: Pick<AlertDelivery, 'message' | 'createdAt'>): DeliveryMessage | null {
  const data = at(parsed(message), 'data')
  const alerts = at(data, 'alerts')
  if (!Array.isArray(alerts)) return null
  return {
    rule: textOf(at(data, 'rule', 'name')),
    alerts: alerts.flatMap((alert: unknown) => {
      const [id, target] = [textOf(at(alert, 'id')), textOf(at(alert, 'target', 'id'))]
      if (id === null || target === null) return []
      const saying: AlertSaying = {
        kind: textOf(at(data, 'rule', 'kind')),
        target,
        targetName: textOf(at(alert, 'target', 'name')) ?? target,
        message: textOf(at(alert, 'message')) ?? '',
      }
      return [
        { id, target, targetName: targetText(saying), says: alertSaying(saying, Date.parse(createdAt)) },
      ]
    }),
  }
}

/** The screen of what an alert is about; undefined where there is none. */
export function alertHref(target: string): string | undefined {
  const screen = { key: 'keys', own: 'owners', lim: 'labels', ups: 'upstreams' }[
    /^(key|own|lim|ups)_\w+$/.exec(target)?.[1] ?? ''
  ]
  if (screen) return `/${screen}/${encodeURIComponent(target)}`
  return target.startsWith('ledger') ? '/about' : undefined
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)
