// The changes of an upstream's credentials and headers, from the current ones to those that an admin sends.
import type { FieldChange } from '../../domain/audit/audit-event.ts'
import { secretChange } from '../../domain/audit/field-changes.ts'
import { lastFourOf, seal } from '../../domain/upstreams/sealed-secret.ts'
import { credentialId } from '../../domain/upstreams/upstream-id.ts'
import type { CredentialInput, HeaderInput } from '../../domain/upstreams/upstream-input.ts'
import { failed, ok, type Result } from '../../domain/user-error.ts'
import type { CredentialRow, HeaderRow } from './upstream-row.ts'

/** What seals a secret for the upstream's origin. */
export type Sealing = { encryptionKey: Uint8Array; origin: string; nowMs: number }

export type CredentialData = Pick<
  CredentialRow,
  'name' | 'encryptedSecret' | 'lastFour' | 'weight' | 'enabled'
>

export type CredentialPlan = {
  create: (CredentialData & { createdAt: Date })[]
  update: { number: number; data: CredentialData }[]
  remove: number[]
  changes: FieldChange[]
}

/** The changes from the current credentials to the wanted ones. `moved`: why no secret may be kept; null: each may. */
export function planCredentials(
  before: readonly CredentialRow[],
  wanted: readonly CredentialInput[] | undefined,
  sealing: Sealing,
  moved: string | null,
): Result<CredentialPlan> {
  const plan: CredentialPlan = { create: [], update: [], remove: [], changes: [] }
  const kept = wanted ?? before.map((row) => ({ ...row, number: row.id, secret: null }))
  if (moved !== null && kept.some(({ secret }) => secret === null)) {
    return failed(
      'REQUIRED',
      'credentials',
      `${moved}: send the secret of every credential again, or leave the credential out.`,
    )
  }
  for (const { number, name, secret, weight, enabled } of kept) {
    const own = { name, weight, enabled }
    const sealed = secret === null ? null : sealedSecret(secret, sealing)
    if (number === null) {
      if (sealed !== null) plan.create.push({ ...own, ...sealed, createdAt: new Date(sealing.nowMs) })
      continue
    }
    const row = before.find(({ id }) => id === number)
    if (row === undefined) {
      return failed(
        'NOT_FOUND',
        'credentials',
        `${credentialId(number)} is no credential of this upstream. Leave its id out to make a new one.`,
      )
    }
    const data = { ...own, ...(sealed ?? { encryptedSecret: row.encryptedSecret, lastFour: row.lastFour }) }
    const changes = credentialChanges(row, data)
    if (changes.length > 0) plan.update.push({ number, data })
    plan.changes.push(...changes)
  }
  const stay = new Set(kept.map(({ number }) => number))
  for (const row of before) {
    if (stay.has(row.id)) continue
    plan.remove.push(row.id)
    plan.changes.push({ path: `credentials.${credentialId(row.id)}`, before: label(row), after: null })
  }
  for (const data of plan.create) plan.changes.push({ path: 'credentials', before: null, after: label(data) })
  return ok(plan)
}

export type HeaderData = Pick<HeaderRow, 'name' | 'value' | 'encryptedValue'>

/** Every header that is wanted, as it is kept, and what changes by that. `moved`: why no secret may be kept. */
export function planHeaders(
  before: readonly HeaderRow[],
  wanted: readonly HeaderInput[] | undefined,
  sealing: Sealing,
  moved: string | null,
): Result<{ headers: HeaderData[]; changes: FieldChange[] }> {
  const kept =
    wanted ??
    before.map(({ name, encryptedValue, value }) => ({ name, value, secret: encryptedValue !== null }))
  const headers: HeaderData[] = []
  const changes: FieldChange[] = []
  for (const { name, value, secret } of kept) {
    const row = before.find((header) => header.name === name)
    if (value !== null) {
      const sealed = secret ? seal(sealing.encryptionKey, sealing.origin, value, sealing.nowMs) : null
      const data = { name, value: secret ? null : value, encryptedValue: sealed }
      headers.push(data)
      if (secret || row?.value !== value) changes.push(headerChange(row, data))
      continue
    }
    const wasSecret = row !== undefined && row.encryptedValue !== null
    if (row === undefined || wasSecret !== secret) {
      return failed('REQUIRED', 'headers', `headers: say the value of ${name}.`)
    }
    if (moved !== null && wasSecret) {
      return failed(
        'REQUIRED',
        'headers',
        `${moved}: say the value of ${name} again, or leave the header out.`,
      )
    }
    headers.push(row)
  }
  for (const row of before) {
    if (kept.some(({ name }) => name === row.name)) continue
    changes.push({ path: `headers.${row.name}`, before: shown(row), after: null })
  }
  return ok({ headers, changes })
}

function sealedSecret(secret: string, { encryptionKey, origin, nowMs }: Sealing) {
  return { encryptedSecret: seal(encryptionKey, origin, secret, nowMs), lastFour: lastFourOf(secret) }
}

function credentialChanges(row: CredentialRow, data: CredentialData): FieldChange[] {
  const path = `credentials.${credentialId(row.id)}`
  const changes: FieldChange[] = []
  if (data.encryptedSecret !== row.encryptedSecret) changes.push(secretChange(`${path}.secret`))
  if (data.name !== row.name) changes.push({ path: `${path}.name`, before: row.name, after: data.name })
  if (data.weight !== row.weight)
    changes.push({ path: `${path}.weight`, before: row.weight, after: data.weight })
  if (data.enabled !== row.enabled)
    changes.push({ path: `${path}.enabled`, before: row.enabled, after: data.enabled })
  return changes
}

function headerChange(row: HeaderRow | undefined, data: HeaderData): FieldChange {
  const path = `headers.${data.name}`
  if (data.encryptedValue !== null) return secretChange(path)
  return { path, before: row === undefined ? null : shown(row), after: shown(data) }
}

function shown({ value, encryptedValue }: HeaderData): string | null {
  return encryptedValue === null ? value : '[secret]'
}

/** Identifies a credential without its secret. */
function label({ name, lastFour }: Pick<CredentialRow, 'name' | 'lastFour'>): string {
  return (
    [name, lastFour === null ? null : `…${lastFour}`].filter((part) => part !== null).join(' ') || 'unnamed'
  )
}
