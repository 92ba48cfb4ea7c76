// Who did what an audit event tells of, in the reader's language.
import type { AuditEvent } from '@latchkey/sdk'
import { m } from '#lib/paraglide/messages.js'

/** The parts of Latchkey that act without anybody who is signed in, as events name them. */
const parts: Readonly<Record<string, () => string>> = {
  'sign-in': m.audit_by_visitor,
  'admin token': m.audit_by_visitor,
  invitation: m.audit_by_invitation,
  'password link': m.audit_by_password_link,
  sso: m.audit_by_sso,
  schedule: m.audit_by_schedule,
}

/** The name of an admin, a token or a key; what stands for the system, in words. A part of a later server is shown as it is. */
export function actorText({ type, name }: AuditEvent['actor']): string {
  return (type === 'SYSTEM' ? parts[name]?.() : undefined) ?? name
}
