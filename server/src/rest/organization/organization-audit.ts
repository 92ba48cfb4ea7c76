// /v1/organization/audit_logs: audit events under OpenAI's names where it has one, under their own else.
import { badInput } from '../../domain/admin-errors.ts'
import { adminId } from '../../domain/admins/admin-id.ts'
import { AUDIT_ACTIONS } from '../../domain/audit/audit-event.ts'
import {
  type AuditEventFilter,
  findAuditEvents,
  type StoredAuditEvent,
} from '../../services/audit/find-audit-events.ts'
import {
  listOf,
  listParameter,
  type OrganizationCall,
  PAGE_LIMIT,
  refuseRestricted,
  wholeParameter,
} from './organization-call.ts'

const SECONDS_MAX = 253_402_300_799

/** OpenAI's name of an action; every other keeps its own. */
const TYPES: Readonly<Record<string, string>> = {
  'admin.sign_in': 'login.succeeded',
  'admin.sign_in_failed': 'login.failed',
  'admin.sign_out': 'logout.succeeded',
  'api_key.create': 'api_key.created',
  'api_key.update': 'api_key.updated',
  'api_key.disable': 'api_key.updated',
  'api_key.enable': 'api_key.updated',
  'api_key.revoke': 'api_key.updated',
  'api_key.rotate': 'api_key.updated',
  'api_key.delete': 'api_key.deleted',
  'settings.update': 'organization.updated',
}

/** Newest first. */
export async function auditLogs({ plane, actor, query }: OrganizationCall) {
  refuseRestricted(actor)
  const limit = wholeParameter(query, 'limit', PAGE_LIMIT)
  const after = eventNumber(query, 'after')
  const before = eventNumber(query, 'before')
  const events = await findAuditEvents(plane, filterOf(query), {
    limit: limit + 1,
    ...(after === null ? {} : { olderThan: after }),
    ...(before === null ? {} : { newerThan: before }),
  })
  // Towards newer events the page is next to `before`, and the one event too many is the newest.
  const isBack = before !== null && after === null
  const page = isBack ? events.slice(-limit) : events.slice(0, limit)
  return listOf(page.map(eventBody), events.length > limit)
}

function filterOf(query: URLSearchParams): AuditEventFilter {
  const types = listParameter(query, 'event_types')
  const resources = listParameter(query, 'resource_ids')
  if (resources !== null && resources.length > 1)
    throw badInput('resource_ids', 'resource_ids may have one id here.')
  const at = (end: string) =>
    wholeParameter(query, `effective_at[${end}]`, { min: 0, max: SECONDS_MAX, absent: null })
  const [gte, gt, lte, lt] = [at('gte'), at('gt'), at('lte'), at('lt')]
  const from = [gte, gt === null ? null : gt + 1].filter((one) => one !== null)
  const to = [lte === null ? null : lte + 1, lt].filter((one) => one !== null)
  const [resource] = resources ?? []
  return {
    ...(types === null ? {} : { action: types.flatMap(actionsOf) }),
    ...(resource === undefined ? {} : { targetId: resource }),
    ...(from.length === 0 ? {} : { fromMs: Math.max(...from) * 1_000 }),
    ...(to.length === 0 ? {} : { toMs: Math.min(...to) * 1_000 }),
  }
}

/** A type that no event has here matches nothing. */
function actionsOf(type: string): string[] {
  const actions = AUDIT_ACTIONS.filter((action) => (TYPES[action] ?? action) === type)
  return actions.length === 0 ? [type.slice(0, 100)] : actions
}

function eventNumber(query: URLSearchParams, name: string): number | null {
  const id = query.get(name)
  if (id === null) return null
  const digits = /^audit_log-([1-9][0-9]{0,14})$/.exec(id)?.[1]
  if (digits === undefined)
    throw badInput(name, `${name} must be the id of an audit log, such as audit_log-1.`)
  return Number(digits)
}

function eventBody(event: StoredAuditEvent) {
  const type = TYPES[event.action] ?? event.action
  const changes: unknown = event.changes === null ? null : JSON.parse(event.changes)
  return {
    object: 'organization.audit_log',
    id: `audit_log-${event.id}`,
    type,
    effective_at: Math.floor(event.atMs / 1_000),
    actor: actorBody(event),
    // The action itself, and what it changed, field by field; a secret is never a value.
    [type]: {
      id: event.targetId,
      name: event.targetLabel,
      action: event.action,
      changes_requested: changes,
      request_id: event.requestId,
    },
  }
}

function actorBody({ actorType, actorId, actorName, ip, userAgent }: StoredAuditEvent) {
  const user = { id: actorId === null ? null : adminId(actorId), name: actorName, email: null }
  if (actorType === 'ADMIN')
    return { type: 'session', session: { user, ip_address: ip, user_agent: userAgent } }
  return {
    type: 'api_key',
    api_key: {
      id: actorId === null ? null : `${actorType === 'API_KEY' ? 'key' : 'token'}_${actorId}`,
      type: 'service_account',
      service_account: { id: actorName },
    },
  }
}
