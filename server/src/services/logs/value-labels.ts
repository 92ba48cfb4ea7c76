// What people call the values of a dimension.
import { apiKeyId } from '../../domain/keys/api-key-id.ts'
import { OTHER_TAGS } from '../../domain/usage/attributed-rollups.ts'
import { DELETED_KEYS } from '../../domain/usage/rollup.ts'
import type { ControlPlane } from '../control-plane.ts'
import { findApiKeysByNumber } from '../keys/find-api-keys.ts'

/** A value as the API gives it: `key` is null for calls that named nothing. */
export type Labelled = { key: string | null; label: string }

/**
 * Names values; of the dimension KEY they are keys' numbers, and become `key_…` with the key's name for a label. Deleted keys are one
 * value, DELETED_KEYS, which stays as it is.
 */
export async function labelsOf(
  plane: ControlPlane,
  dimension: string | null,
  values: string[],
): Promise<(value: string) => Labelled> {
  if (dimension === 'TAG')
    return (value) => ({ key: value, label: value === OTHER_TAGS ? 'other tags' : value })
  if (dimension !== 'KEY') {
    return (value) => (value === '' ? { key: null, label: 'none' } : { key: value, label: value })
  }
  const numbers = values.filter((value) => value !== DELETED_KEYS).map(Number)
  // Of values that the actor has been given.
  const keys = await findApiKeysByNumber(plane, { owners: null }, numbers)
  const names = new Map(keys.map(({ id, name }) => [id, name]))
  return (value) => {
    if (value === DELETED_KEYS) return { key: DELETED_KEYS, label: 'deleted keys' }
    const key = apiKeyId(Number(value))
    return { key, label: names.get(Number(value)) ?? key }
  }
}
