// Where the target of an audit event is shown.
import type { AuditEvent } from '@latchkey/sdk'

const screens: Readonly<Record<string, string>> = {
  ApiKey: '/keys',
  Owner: '/owners',
  LabelLimit: '/labels',
  Upstream: '/upstreams',
  Model: '/models',
  RequestLog: '/logs',
}

/** The page of the target; null where it has none, or is deleted by this very event. */
export function targetHref({ targetType, targetId, action }: AuditEvent): string | null {
  const screen = targetType === null || targetType === undefined ? undefined : screens[targetType]
  if (screen === undefined || !targetId || action.endsWith('.delete')) return null
  return `${screen}/${targetId}`
}
