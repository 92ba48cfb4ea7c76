// The look-ups that resolvers of one request share.
import type { Actor } from '../domain/admins/actor.ts'
import type { ControlPlane } from '../services/control-plane.ts'
import { findApiKeysByNumber } from '../services/keys/find-api-keys.ts'
import { labelsOfKeys, labelsOfOwners } from '../services/labels/find-labels.ts'
import { countKeysOfOwners, findOwnersByNumber } from '../services/owners/find-owners.ts'
import type { GraphqlContext } from './context.ts'
import { createRowLoader } from './row-loader.ts'

/** `keeps` as createRowLoader has it. */
export function rowLoaders(
  plane: ControlPlane,
  /** Null: a stranger, who sees nothing. */
  actor: Actor | null,
  keeps: boolean,
): Pick<GraphqlContext, 'loadApiKey' | 'loadOwner' | 'loadKeyLabels' | 'loadOwnerLabels' | 'loadKeyCount'> {
  return {
    loadApiKey: createRowLoader(async (numbers) => {
      const rows = await findApiKeysByNumber(plane, actor ?? { owners: [] }, numbers)
      return new Map(rows.map((row) => [row.id, row]))
    }, keeps),
    loadOwner: createRowLoader((numbers) => findOwnersByNumber(plane, numbers), keeps),
    loadKeyLabels: createRowLoader((numbers) => labelsOfKeys(plane, numbers), keeps),
    loadOwnerLabels: createRowLoader((numbers) => labelsOfOwners(plane, numbers), keeps),
    loadKeyCount: createRowLoader((numbers) => countKeysOfOwners(plane, numbers), keeps),
  }
}
