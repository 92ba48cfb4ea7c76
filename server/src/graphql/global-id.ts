// Ids that are unique among all types and say which: `key_12`, `req_0192…`.
import { badInput } from '../domain/admin-errors.ts'
import { adminNumber, invitationNumber } from '../domain/admins/admin-id.ts'
import { adminTokenId, adminTokenNumber } from '../domain/admins/admin-token-id.ts'
import { alertChannelNumber, alertRuleNumber, isAlertId, isDeliveryId } from '../domain/alerts/alert-id.ts'
import { auditEventNumber } from '../domain/audit/audit-event-id.ts'
import { isBackupId } from '../domain/backups/backup.ts'
import { apiKeyId, apiKeyNumber } from '../domain/keys/api-key-id.ts'
import { labelLimitId, labelLimitNumber } from '../domain/labels/label-limit.ts'
import { ownerId, ownerNumber } from '../domain/owners/owner.ts'
import { recalculationNumber } from '../domain/pricing/recalculation-id.ts'
import { modelId, modelNumber, readUpstreamId } from '../domain/upstreams/upstream-id.ts'
import { requestIdBytes } from '../domain/uuid.ts'
import { externalNumber } from '../services/backups/external-backups.ts'

/** The public id of a node: types that are a table's row come with their number, all others with their public id. */
export function encodeGlobalId(typename: string, id: string | number | bigint): string {
  if (typename === 'ApiKey') return apiKeyId(Number(id))
  if (typename === 'Owner') return ownerId(Number(id))
  if (typename === 'LabelLimit') return labelLimitId(Number(id))
  if (typename === 'AdminToken') return adminTokenId(Number(id))
  return typename === 'Model' ? modelId(Number(id)) : String(id)
}

/** Whether it is the id of a Node; no query is made. */
export function isGlobalId(id: string): boolean {
  return decoded(id) !== null
}

/** Throws BAD_USER_INPUT for what is no id of ours. */
export function decodeGlobalId(id: string): { typename: string; id: string } {
  const node = decoded(id)
  if (node !== null) return node
  throw badInput(
    'id',
    `id: ${quoted(id)} is not an id. Ids look like key_12, ups_12, mdl_12, tok_12, aud_12 or req_ and 32 hex digits.`,
  )
}

/** Types whose rows are found by their number, with what reads it from an id; the others are found by the id itself. */
const NUMBERED = {
  ApiKey: apiKeyNumber,
  Model: modelNumber,
  Owner: ownerNumber,
  LabelLimit: labelLimitNumber,
  AdminToken: adminTokenNumber,
}
const BY_ID: Record<string, (id: string) => boolean> = {
  RequestLog: (id) => requestIdBytes(id) !== null,
  Upstream: (id) => readUpstreamId(id) !== null,
  AuditEvent: (id) => auditEventNumber(id) !== null,
  Admin: (id) => adminNumber(id) !== null,
  AdminInvitation: (id) => invitationNumber(id) !== null,
  AlertRule: (id) => alertRuleNumber(id) !== null,
  AlertChannel: (id) => alertChannelNumber(id) !== null,
  Alert: isAlertId,
  AlertDelivery: isDeliveryId,
  Backup: (id) => isBackupId(id) || externalNumber(id) !== null,
  CostRecalculation: (id) => recalculationNumber(id) !== null,
}

function decoded(id: string): { typename: string; id: string } | null {
  for (const [typename, numberIn] of Object.entries(NUMBERED)) {
    const number = numberIn(id)
    if (number !== null) return { typename, id: String(number) }
  }
  const typename = Object.keys(BY_ID).find((name) => BY_ID[name]?.(id))
  return typename === undefined ? null : { typename, id }
}

/** The key's number. Throws BAD_USER_INPUT for every other kind of id. */
export function apiKeyNumberOf(id: string, param: string): number {
  const number = apiKeyNumber(id)
  if (number === null)
    throw badInput(param, `${param}: ${quoted(id)} is not the id of an API key, like key_12.`)
  return number
}

/** The id of an upstream itself. Throws BAD_USER_INPUT for every other kind of id. */
export function upstreamIdOf(id: string, param: string): string {
  if (readUpstreamId(id) === null) {
    throw badInput(param, `${param}: ${quoted(id)} is not the id of an upstream, like ups_12.`)
  }
  return id
}

/** The model's number. Throws BAD_USER_INPUT for every other kind of id. */
export function modelNumberOf(id: string, param: string): number {
  const number = modelNumber(id)
  if (number === null) throw badInput(param, `${param}: ${quoted(id)} is not the id of a model, like mdl_12.`)
  return number
}

/** The owner's number. Throws BAD_USER_INPUT for every other kind of id. */
export function ownerNumberOf(id: string, param: string): number {
  const number = ownerNumber(id)
  if (number === null)
    throw badInput(param, `${param}: ${quoted(id)} is not the id of an owner, like own_12.`)
  return number
}

/** The admin's number. Throws BAD_USER_INPUT for every other kind of id. */
export function adminNumberOf(id: string, param: string): number {
  const number = adminNumber(id)
  if (number === null)
    throw badInput(param, `${param}: ${quoted(id)} is not the id of an admin, like adm_12.`)
  return number
}

/** The request id itself. Throws BAD_USER_INPUT for every other kind of id. */
export function requestIdOf(id: string, param: string): string {
  if (requestIdBytes(id) === null) {
    throw badInput(
      param,
      `${param}: ${quoted(id)} is not the id of a request log, like req_ and 32 hex digits.`,
    )
  }
  return id
}

/** An id as an error message repeats it. */
export function quoted(id: string): string {
  return JSON.stringify(id.length > 60 ? `${id.slice(0, 60)}…` : id)
}
