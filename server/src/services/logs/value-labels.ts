// What people call the values of a dimension.
import { apiKeyId } from '../../domain/keys/api-key-id.ts'
import type { ControlPlane } from '../control-plane.ts'
import { findApiKeysByNumber } from '../keys/find-api-keys.ts'

/** A value as the API gives it: `key` is null for calls that named nothing. */
export type Labelled = { key: string | null; label: string }

/**
 * Names values; of the dimension KEY they are keys' numbers, and become `key_…` with the key's name for a label. A key
 * that is deleted is labelled with its id.
 */
export async function labelsOf(
  plane: ControlPlane,
  dimension: string | null,
  values: string[],
): Promise<(value: string) => Labelled> {
  if (dimension !== 'KEY') {
    return (value) => (value === '' ? { key: null, label: 'none' } : { key: value, label: value })
  }
  const keys = await findApiKeysByNumber(plane, values.map(Number))
  const names = new Map(keys.map(({ id, name }) => [id, name]))
  return (value) => {
    const key = apiKeyId(Number(value))
    return { key, label: names.get(Number(value)) ?? key }
  }
}
