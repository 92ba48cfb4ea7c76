// The audit event of a change.
import type { Actor } from '../admins/actor.ts'

export const AUDIT_ACTIONS = [
  'admin.set_up',
  'admin.sign_in',
  'admin.sign_in_failed',
  'admin.sign_out',
  'admin.sign_in_new_device',
  'admin.reset_password',
  'admin.invite',
  'admin.revoke_invitation',
  'admin.accept_invitation',
  'admin.update',
  'admin.disable',
  'admin.enable',
  'admin.delete',
  'admin.change_password',
  'admin.make_password_link',
  'admin.end_sessions',
  'admin.remove_second_factors',
  'admin.enable_totp',
  'admin.disable_totp',
  'admin.renew_backup_codes',
  'admin.add_passkey',
  'admin.rename_passkey',
  'admin.delete_passkey',
  'admin.create',
  'admin.link_identity',
  'admin.unlink_identity',
  'admin_token.refused',
  'admin_token.create',
  'admin_token.update',
  'admin_token.rotate',
  'admin_token.revoke',
  'api_key.create',
  'api_key.import',
  'api_key.update',
  'api_key.revoke',
  'api_key.delete',
  'api_key.reveal',
  'api_key.disable',
  'api_key.enable',
  'api_key.rotate',
  'api_key.stop_former_secret',
  'api_key.create_playground_secret',
  'api_key.budget_warning',
  'owner.create',
  'owner.update',
  'owner.disable',
  'owner.enable',
  'owner.delete',
  'owner.budget_warning',
  'label_limit.create',
  'label_limit.update',
  'label_limit.delete',
  'label_limit.budget_warning',
  'saved_view.create',
  'saved_view.update',
  'saved_view.delete',
  'upstream.create',
  'upstream.update',
  'upstream.delete',
  'upstream.test',
  'model.create',
  'model.update',
  'model.delete',
  'settings.update',
  'cost.recalculate',
  'cost.cancel_recalculation',
  'cost.finish_recalculation',
  'sso_provider.update',
  'sso_provider.delete',
  'sso_provider.test',
  'request_log.read_content',
  'audit_log.expire',
  'finding.dismiss',
  'finding.restore',
  'alert_rule.create',
  'alert_rule.update',
  'alert_rule.delete',
  'alert_channel.create',
  'alert_channel.update',
  'alert_channel.rotate_secret',
  'alert_channel.test',
  'alert_channel.delete',
  'alert_delivery.replay',
  'export.logs',
  'export.usage',
  'export.audit',
  'backup.create',
  'backup.mark',
  'backup.delete',
  'backup.download',
  'backup.restore',
] as const
export type AuditAction = (typeof AUDIT_ACTIONS)[number]

/** A value of a field as the trail keeps it: JSON without objects. */
export type FieldValue = string | number | boolean | null | (string | number | boolean)[]

/** A change of one field. Secrets and hashes are never values here: `redacted` says that one changed. */
export type FieldChange = { path: string; before: FieldValue; after: FieldValue; redacted?: true }

export type AuditTarget = {
  type:
    | 'ApiKey'
    | 'Owner'
    | 'LabelLimit'
    | 'Admin'
    | 'AdminInvitation'
    | 'AdminToken'
    | 'SavedView'
    | 'Upstream'
    | 'Model'
    | 'Settings'
    | 'SsoProvider'
    | 'RequestLog'
    | 'Finding'
    | 'AlertRule'
    | 'AlertChannel'
    | 'Backup'
    | 'CostRecalculation'
  id: string
  label: string
}

const USER_AGENT_MAX = 256

/** The columns of an audit event, to be written in the transaction of the change. */
export function auditEvent(
  actor: Actor,
  action: AuditAction,
  target: AuditTarget | null,
  atMs: number,
  changes: FieldChange[] = [],
) {
  return {
    at: new Date(atMs),
    actorType: actor.type,
    actorId: actor.id,
    actorName: actor.name,
    action,
    targetType: target?.type ?? null,
    targetId: target?.id ?? null,
    targetLabel: target?.label ?? null,
    changes: changes.length === 0 ? null : JSON.stringify(changes),
    ip: actor.ip,
    userAgent: actor.userAgent?.toWellFormed().slice(0, USER_AGENT_MAX) ?? null,
    requestId: actor.requestId,
  }
}
