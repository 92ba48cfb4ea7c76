// The query of an export of the audit trail: the parts of the API's AuditEventFilter.
import { badInput } from '../../domain/admin-errors.ts'
import { ACTOR_TYPES, type ActorType } from '../../domain/admins/actor.ts'
import type { AuditEventFilter } from '../../services/audit/export-audit-events.ts'
import { COMMON_PARAMETERS, listOf, plain, readRange, TEXT_MAX } from './export-parameters.ts'

const TEXTS = [
  { part: 'actorName', name: 'actor' },
  { part: 'targetType', name: 'target_type' },
  { part: 'targetId', name: 'target_id' },
  { part: 'ip', name: 'ip' },
  { part: 'requestId', name: 'request_id' },
] as const

/** The parameters of an export of the audit trail. */
export const AUDIT_PARAMETERS = [
  ...COMMON_PARAMETERS,
  'action',
  'actor_type',
  ...TEXTS.map(({ name }) => name),
]

/** What is exported; without `to`: what is there by `nowMs`. An empty text is no filter. Throws BAD_USER_INPUT naming the parameter at fault. */
export function readAuditFilter(query: URLSearchParams, nowMs: number): AuditEventFilter {
  const { fromMs, toMs } = readRange(query)
  const filter: AuditEventFilter = { ...(fromMs !== null && { fromMs }), toMs: toMs ?? nowMs + 1 }
  for (const { part, name } of TEXTS) {
    const text = query.get(name)
    if (text) filter[part] = plain(name, text, TEXT_MAX)
  }
  const actions = listOf(query, 'action')?.map((text) => plain('action', text, TEXT_MAX))
  if (actions !== undefined && actions.length > 0) filter.action = actions
  const actorType = listOf(query, 'actor_type')?.map(actorTypeOf)
  if (actorType !== undefined) filter.actorType = actorType
  return filter
}

function actorTypeOf(text: string): ActorType {
  const type = ACTOR_TYPES.find((known) => known === text)
  if (type === undefined) throw badInput('actor_type', `actor_type takes ${ACTOR_TYPES.join(', ')}.`)
  return type
}
