// Sign-ins of admins from a device that their account did not know.
import type { Judgement } from '../../../domain/alerts/rules/plan-changes.ts'
import { DAY_MS } from '../../../domain/time.ts'
import { readAuditedSignIns } from '../../../store/queries/alerts/alert-sources.ts'
import type { ActiveRule, AlertRound } from './alert-round.ts'

/** The audit event of such a sign-in. */
export const NEW_DEVICE_ACTION = 'admin.sign_in_new_device'

// What a server that was stopped has not looked at is looked at after its start, within a day.
const BACK_MS = DAY_MS
const SIGN_INS_MAX = 100

/** Each sign-in since the rule was made. */
export async function judgeSignIns({ plane, nowMs }: AlertRound, rule: ActiveRule): Promise<Judgement> {
  const sinceMs = Math.max(rule.createdAtMs, nowMs - BACK_MS)
  const events = await readAuditedSignIns(plane.store, NEW_DEVICE_ACTION, sinceMs, SIGN_INS_MAX)
  const findings = events.map(({ id, actorName, ip }) => ({
    target: `audit_${id}`,
    label: actorName,
    message: `The admin signed in from a new device${ip === null ? '' : ` at ${ip}`}.`,
  }))
  return { findings, complete: true }
}
