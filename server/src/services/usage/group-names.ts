// What people call the values of a breakdown.
import { apiKeyNumberFrom } from '../../domain/keys/api-key-id.ts'
import { ownerId } from '../../domain/owners/owner.ts'
import type { ControlPlane } from '../control-plane.ts'
import { type Labelled, labelsOf } from '../logs/value-labels.ts'
import type { UsageGrouping } from './usage-breakdown.ts'

/** Names values, which are numbers of keys and owners as the rollups have them, or texts; `''`: calls that named none. */
export async function groupNames(
  plane: ControlPlane,
  by: UsageGrouping | null,
  values: string[],
): Promise<(value: string) => Labelled> {
  if (by !== 'OWNER') {
    // Calls without a known key.
    const known = values.filter((value) => value !== '')
    const label = await labelsOf(plane, by === 'KEY' || by === 'TAG' ? by : 'MODEL', known)
    return (value) => (value === '' ? { key: null, label: 'none' } : label(value))
  }
  const numbers = values.flatMap((value) => apiKeyNumberFrom(value) ?? [])
  const owners = await plane.store.prisma.owner.findMany({ where: { id: { in: numbers } } })
  const names = new Map(owners.map(({ id, name }) => [String(id), name]))
  return (value) =>
    value === ''
      ? { key: null, label: 'none' }
      : { key: ownerId(Number(value)), label: names.get(value) ?? ownerId(Number(value)) }
}
