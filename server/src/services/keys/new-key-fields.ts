// The fields that every new key has, however it comes to be: by creation, import, or by being ensured.
import { readExternalId } from '../../domain/automation/external-id.ts'
import { readDescription, readExpiry, readName } from '../../domain/keys/api-key-input.ts'
import { expiryOfNewKey } from '../../domain/keys/expiry-bounds.ts'
import { type Label, readLabels } from '../../domain/labels/label.ts'
import { policyOfNewKey } from '../../domain/policy/input/policy-ceiling.ts'
import { policyText } from '../../domain/policy/input/stored-policy.ts'
import { ok, problemsOf, type Result } from '../../domain/user-error.ts'
import { expiryBounds, policySettings, type Settings } from '../settings/settings-row.ts'
import type { ApiKeyRow } from './api-key-row.ts'

export type NewKeyInput = {
  name: string
  description: string | null
  /** What another system calls it; null: nothing. */
  externalId: string | null
  expiresInDays: number | null
  expiresAtMs: number | null
  /** True: no expiry, whatever the settings give to keys without one. */
  neverExpires: boolean
  /** What `readKeyPolicy` reads. The settings fill in what it leaves out; null: all of it. */
  policy: unknown
  /** The owner's number; null: it belongs to nobody. */
  owner?: number | null
  labels?: Label[]
}

export type NewKeyFields = Pick<ApiKeyRow, 'name' | 'description' | 'externalId' | 'expiresAt' | 'policy'> & {
  labels: Label[]
}

/** The columns of a new key within the bounds of the settings. */
export function readNewKey(input: NewKeyInput, settings: Settings, nowMs: number): Result<NewKeyFields> {
  const name = readName(input.name)
  const description = readDescription(input.description)
  const externalId = readExternalId(input.externalId)
  const asked = readExpiry(input, nowMs)
  const field = input.neverExpires
    ? 'neverExpires'
    : input.expiresInDays === null
      ? 'expiresAt'
      : 'expiresInDays'
  const expiresAtMs = asked.ok ? expiryOfNewKey(asked.value, expiryBounds(settings), nowMs, field) : asked
  const policy = policyOfNewKey(input.policy, policySettings(settings))
  const labels = readLabels(input.labels ?? [])
  if (!name.ok || !description.ok || !externalId.ok || !expiresAtMs.ok || !policy.ok || !labels.ok) {
    return { ok: false, errors: problemsOf(name, description, externalId, expiresAtMs, policy, labels) }
  }
  return ok({
    name: name.value,
    description: description.value,
    externalId: externalId.value,
    expiresAt: expiresAtMs.value === null ? null : new Date(expiresAtMs.value),
    policy: policyText(policy.value),
    labels: labels.value,
  })
}
