import { type Requester, systemActor } from '../../domain/admins/actor.ts'
import { auditEvent, type FieldChange } from '../../domain/audit/audit-event.ts'
import type { Store } from '../../store/store.ts'

/**
 * Audits a failed sign-in. A name that is no account's (null) is not stored: people type their password into the wrong field.
 * `step`: what was wrong; `more`: what is
 * known of it beside.
 */
export async function auditSignInFailure(
  { store, clock }: { store: Store; clock: () => number },
  client: Requester,
  admin: { id: number; username: string } | null,
  step: 'password' | 'second factor' | 'passkey' | 'confirmation' | 'sso',
  more: FieldChange[] = [],
): Promise<void> {
  const target =
    admin === null ? null : ({ type: 'Admin', id: String(admin.id), label: admin.username } as const)
  const changes = step === 'password' ? [] : [{ path: 'step', before: null, after: step }, ...more]
  const actor = systemActor('sign-in', client)
  const data = auditEvent(actor, 'admin.sign_in_failed', target, clock(), changes)
  await store.prisma.auditEvent.create({ data })
}
