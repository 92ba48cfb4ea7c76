// What a delivery says: its message, read for the screen, and where each thing that it names is shown.
import type { AlertDelivery } from '@latchkey/sdk'
import { type AlertSaying, alertSaying } from './rule-words.ts'

export type DeliveryMessage = {
  /** Null in a test. */
  rule: string | null
  /** The first 20 of its alerts. */
  alerts: { id: string; target: string; targetName: string; says: string }[]
}

/** The message of a delivery as WEBHOOKs are sent it. Of a shape that a newer server has: null. */
export function readMessage({ message }: Pick<AlertDelivery, 'message'>): DeliveryMessage | null {
  const data = objectOf(objectOf(parsed(message))?.data)
  if (!data || !Array.isArray(data.alerts)) return null
  const rule = objectOf(data.rule)
  return {
    rule: textOf(rule?.name),
    alerts: data.alerts.flatMap((each: unknown) => {
      const alert = objectOf(each)
      const target = objectOf(alert?.target)
      const [id, targetId] = [textOf(alert?.id), textOf(target?.id)]
      if (id === null || targetId === null) return []
      const saying: AlertSaying = {
        kind: textOf(rule?.kind),
        targetName: textOf(target?.name) ?? targetId,
        message: textOf(alert?.message) ?? '',
      }
      return [{ id, target: targetId, targetName: saying.targetName, says: alertSaying(saying) }]
    }),
  }
}

/** The screen of what an alert is about; undefined where there is none. */
export function alertHref(target: string): string | undefined {
  const screen = { key: 'keys', own: 'owners', ups: 'upstreams' }[
    /^(key|own|ups)_\w+$/.exec(target)?.[1] ?? ''
  ]
  if (screen) return `/${screen}/${encodeURIComponent(target)}`
  return target.startsWith('ledger') ? '/about' : undefined
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)

function objectOf(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
