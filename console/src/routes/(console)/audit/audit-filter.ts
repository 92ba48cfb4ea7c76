// What the parameters of the URL ask of the audit trail.

import type { AuditEvent, AuditEventFilter, ExportAuditArgs } from '@latchkey/sdk'
import { m } from '#lib/paraglide/messages.js'
import { currentZone } from '#lib/preferences/time-zone.svelte.ts'
import { dayStart } from '#lib/time/iso-day.ts'

export const actorTypes = ['ADMIN', 'ADMIN_TOKEN', 'API_KEY', 'SYSTEM'] as const
type ActorType = (typeof actorTypes)[number]

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }
/** By the number of an actor nothing is filtered here, and an export has no such parameter. */
type ShownFilter = {
  readonly [Part in Exclude<keyof AuditEventFilter, 'actorId'>]?: NonNullable<AuditEventFilter[Part]>
}
type Params = Pick<URLSearchParams, 'get'>

export const actorTypeText: Record<ActorType, () => string> = {
  ADMIN: m.audit_actor_admin,
  ADMIN_TOKEN: m.audit_actor_token,
  API_KEY: m.audit_actor_key,
  SYSTEM: m.audit_actor_system,
}

/** What events are about, of those that people look for; signing in is about admins. */
export const targetTypeText: Readonly<Record<string, () => string>> = {
  ApiKey: m.nav_keys,
  Owner: m.nav_owners,
  LabelLimit: m.nav_labels,
  Upstream: m.nav_upstreams,
  Model: m.nav_models,
  Admin: m.nav_people,
  AdminToken: m.nav_tokens,
  Settings: m.nav_settings,
  AlertRule: m.nav_alerts,
}

/** What an event is about, by its name. There is one of the settings, which needs none. */
export function targetText({ targetType, targetLabel, targetId }: AuditEvent): string {
  return targetType === 'Settings' ? m.nav_settings() : (targetLabel ?? targetId ?? '–')
}

const isActorType = (value: string): value is ActorType => (actorTypes as readonly string[]).includes(value)

/** The filter, and the parameters that are none, which the screen names. */
export function auditFilter(params: Params): {
  filter: ShownFilter | undefined
  bad: { name: string; value: string }[]
} {
  const bad: { name: string; value: string }[] = []
  const filter: Writable<ShownFilter> = {}
  const value = (name: string) => params.get(name)?.trim() || null
  const action = value('action')
  if (action !== null) filter.action = [action]
  const type = value('type')
  if (type !== null) {
    if (Object.hasOwn(targetTypeText, type)) filter.targetType = type
    else bad.push({ name: 'type', value: type })
  }
  const actor = value('actor')
  if (actor !== null) {
    if (isActorType(actor)) filter.actorType = [actor]
    else bad.push({ name: 'actor', value: actor })
  }
  const day = (name: 'from' | 'to') => {
    const text = value(name)
    if (text === null) return undefined
    // `to` is the last day, and counts whole.
    const ms = dayStart(text, currentZone() === 'utc', name === 'to' ? 1 : 0)
    if (Number.isNaN(ms)) bad.push({ name, value: text })
    return Number.isNaN(ms) ? undefined : new Date(ms).toISOString()
  }
  const [from, to] = [day('from'), day('to')]
  if (from !== undefined || to !== undefined) filter.at = { ...(from && { from }), ...(to && { to }) }
  const q = value('q')
  if (q !== null) Object.assign(filter, searched(q))
  return { filter: Object.keys(filter).length > 0 ? filter : undefined, bad }
}

/** What was typed is an id of a target, an address, an id of a request, or else an actor's name. */
function searched(text: string): ShownFilter {
  if (/^[a-z]{2,12}_\d+$/i.test(text)) return { targetId: text.toLowerCase() }
  if (/^[\d.]+$/.test(text) || /^[\da-f:]*:[\da-f:.]+$/i.test(text)) return { ip: text }
  if (/^(req[_-]|[\da-f]{8}-[\da-f]{4}-)/i.test(text)) return { requestId: text }
  return { actorName: text }
}

/** The same filter as an export takes it. */
export function exportArgs({ at, actorName, ...same }: ShownFilter): ExportAuditArgs {
  return {
    ...same,
    ...(at?.from && { from: String(at.from) }),
    ...(at?.to && { to: String(at.to) }),
    ...(actorName && { actor: actorName }),
  }
}
