// The look-ups that resolvers of one request share: all of one kind in one turn of the event loop become one query.
import { findInvitations } from '../auth/admins/invitations.ts'
import { findIdentities } from '../auth/sso/identities.ts'
import type { Actor } from '../domain/admins/actor.ts'
import { invitationId } from '../domain/admins/admin-id.ts'
import { findAuditEventsById } from '../services/audit/find-audit-events.ts'
import { findBackups } from '../services/backups/manage-backups.ts'
import { findKept } from '../services/content/read-content.ts'
import type { ControlPlane } from '../services/control-plane.ts'
import { findApiKeysByNumber } from '../services/keys/find-api-keys.ts'
import { labelsOfKeys, labelsOfOwners } from '../services/labels/find-labels.ts'
import {
  budgetUsageOfLabelLimits,
  countKeysOfLabels,
  monthSpendOfLabels,
} from '../services/labels/label-usage.ts'
import { countKeysOfOwners, findOwnersByNumber, findOwnersOfAdmins } from '../services/owners/find-owners.ts'
import { budgetUsageOfOwners } from '../services/owners/owner-budgets.ts'
import { findRequestLogsById } from '../services/usage/read-account.ts'
import { createRowLoader } from './row-loader.ts'

/** By number or id; each gives null for what does not exist, or the actor may not see. */
export type RowLoaders = ReturnType<typeof rowLoaders>

/** `keeps` as createRowLoader has it. `signedIn`: null is a stranger, who sees nothing. */
export function rowLoaders(plane: ControlPlane, signedIn: Actor | null, keeps: boolean) {
  const actor = signedIn ?? { owners: [] }
  return {
    loadApiKey: createRowLoader(async (numbers: number[]) => {
      const rows = await findApiKeysByNumber(plane, actor, numbers)
      return new Map(rows.map((row) => [row.id, row]))
    }, keeps),
    loadOwner: createRowLoader((numbers: number[]) => findOwnersByNumber(plane, numbers), keeps),
    loadKeyLabels: createRowLoader((numbers: number[]) => labelsOfKeys(plane, numbers), keeps),
    loadOwnerLabels: createRowLoader((numbers: number[]) => labelsOfOwners(plane, numbers), keeps),
    /** How many keys an owner has; null: none. */
    loadKeyCount: createRowLoader((numbers: number[]) => countKeysOfOwners(plane, numbers), keeps),
    loadOwnerBudgets: createRowLoader((numbers: number[]) => budgetUsageOfOwners(plane, numbers), keeps),
    /** How many keys have a label, `env=prod`; null: none. */
    loadLabelKeyCount: createRowLoader((labels: string[]) => countKeysOfLabels(plane, actor, labels), keeps),
    /** What was spent with a label this month; null: nothing. */
    loadLabelSpend: createRowLoader((labels: string[]) => monthSpendOfLabels(plane, labels), keeps),
    loadLabelBudgets: createRowLoader((numbers: number[]) => budgetUsageOfLabelLimits(plane, numbers), keeps),
    loadOwnersOfAdmin: createRowLoader((numbers: number[]) => findOwnersOfAdmins(plane, numbers), keeps),
    loadIdentities: createRowLoader((numbers: number[]) => findIdentities(plane, numbers), keeps),
    loadInvitation: createRowLoader(async (_ids: string[]) => {
      const open = signedIn === null ? [] : await findInvitations(plane, signedIn)
      return new Map(open.map((one) => [invitationId(one.id), one]))
    }, keeps),
    /** Of the backups there are, of which the folder is read. */
    loadBackup: createRowLoader(async (_ids: string[]) => {
      return new Map((await findBackups(plane)).map((backup) => [backup.id, backup]))
    }, keeps),
    loadAuditEvent: createRowLoader((numbers: number[]) => findAuditEventsById(plane, actor, numbers), keeps),
    loadRequestLog: createRowLoader((ids: string[]) => findRequestLogsById(plane, actor, ids), keeps),
    /** How much of the content of a call is stored. */
    loadKept: createRowLoader((ids: string[]) => findKept(plane, ids), keeps),
  }
}
