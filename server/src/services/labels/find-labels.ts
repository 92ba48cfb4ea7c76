// Reading labels: those of many keys or many owners with one query each.
import type { Label } from '../../domain/labels/label.ts'
import type { ControlPlane } from '../control-plane.ts'

/** The labels of these keys, by number, in the order of their names; keys without any are absent. */
export async function labelsOfKeys(plane: ControlPlane, numbers: number[]): Promise<Map<number, Label[]>> {
  const rows = await plane.store.prisma.apiKeyLabel.findMany({
    where: { apiKeyId: { in: numbers } },
    orderBy: { name: 'asc' },
  })
  return grouped(rows.map(({ apiKeyId, name, value }) => [apiKeyId, { name, value }]))
}

/** The same of owners. */
export async function labelsOfOwners(plane: ControlPlane, numbers: number[]): Promise<Map<number, Label[]>> {
  const rows = await plane.store.prisma.ownerLabel.findMany({
    where: { ownerId: { in: numbers } },
    orderBy: { name: 'asc' },
  })
  return grouped(rows.map(({ ownerId, name, value }) => [ownerId, { name, value }]))
}

function grouped(labels: [number, Label][]): Map<number, Label[]> {
  const byNumber = new Map<number, Label[]>()
  for (const [number, label] of labels) {
    const known = byNumber.get(number)
    if (known === undefined) byNumber.set(number, [label])
    else known.push(label)
  }
  return byNumber
}
