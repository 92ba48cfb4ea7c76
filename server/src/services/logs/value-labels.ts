// What people call the values of a dimension.
import { apiKeyId } from '../../domain/keys/api-key-id.ts'
import { ownerId } from '../../domain/owners/owner.ts'
import { OTHER_TAGS } from '../../domain/usage/attributed-rollups.ts'
import { DELETED_KEYS } from '../../domain/usage/rollup.ts'
import type { ControlPlane } from '../control-plane.ts'
import { findApiKeysByNumber } from '../keys/find-api-keys.ts'
import { findOwnersByNumber } from '../owners/find-owners.ts'

/** A value as the API gives it: `key` is null for calls that named nothing. */
export type Labelled = { key: string | null; label: string }

/**
 * Names values of a dimension, or of a grouping of usage. Of KEY and OWNER they are numbers, and become `key_…` or `own_…` with the
 * name for a label; deleted keys are one value, DELETED_KEYS, which stays as it is. `''`: calls that named none.
 */
export async function labelsOf(
  plane: ControlPlane,
  dimension: string | null,
  values: string[],
): Promise<(value: string) => Labelled> {
  const named = await namesOf(
    plane,
    dimension,
    values.filter((value) => value !== ''),
  )
  return (value) => (value === '' ? { key: null, label: 'none' } : named(value))
}

async function namesOf(
  plane: ControlPlane,
  dimension: string | null,
  values: string[],
): Promise<(value: string) => Labelled> {
  switch (dimension) {
    case 'KEY': {
      const numbers = values.filter((value) => value !== DELETED_KEYS).map(Number)
      // Of values that the actor has been given.
      const keys = await findApiKeysByNumber(plane, { owners: null }, numbers)
      const label = numbered(keys, apiKeyId)
      return (value) => (value === DELETED_KEYS ? { key: DELETED_KEYS, label: 'deleted keys' } : label(value))
    }
    case 'OWNER':
      return numbered((await findOwnersByNumber(plane, values.map(Number))).values(), ownerId)
    case 'TAG':
      return (value) => ({ key: value, label: value === OTHER_TAGS ? 'other tags' : value })
    default:
      return (value) => ({ key: value, label: value })
  }
}

function numbered(
  rows: Iterable<{ id: number; name: string }>,
  idOf: (number: number) => string,
): (value: string) => Labelled {
  const names = new Map([...rows].map(({ id, name }) => [id, name]))
  return (value) => {
    const key = idOf(Number(value))
    return { key, label: names.get(Number(value)) ?? key }
  }
}
