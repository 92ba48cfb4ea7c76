// Usage by one value or by two at once, ranked, beside that of the period before.
import { AdminError, badInput } from '../../domain/admin-errors.ts'
import type { Actor } from '../../domain/admins/actor.ts'
import { isWithinOwners } from '../../domain/owners/owner-restriction.ts'
import { HOUR_MS } from '../../domain/time.ts'
import { closedHours } from '../../ledger/usage/closed-hours.ts'
import type { LoggedValue } from '../../store/queries/usage/usage-by-value.ts'
import type { ControlPlane } from '../control-plane.ts'
import { breakDownLogs } from './break-down-logs.ts'
import { breakDownRollups } from './break-down-rollups.ts'
import type { BreakdownQuery, UsageBreakdown, UsageGrouping } from './usage-breakdown.ts'

const LOGGED: Partial<Record<UsageGrouping, LoggedValue>> = {
  MODEL: 'requestedModel',
  KEY: 'apiKeyId',
  UPSTREAM: 'upstream',
  ENDPOINT: 'endpoint',
  OUTCOME: 'outcome',
  ERROR_CODE: 'errorCode',
}
const BY_KEY: (UsageGrouping | null)[] = ['KEY', 'OWNER', 'LABEL']
/** Any two of these are told by rollups. */
const IN_PAIRS: (UsageGrouping | null)[] = ['MODEL', ...BY_KEY]
// Of 200,000 request logs each.
const SLICES_MAX = 25

/**
 * One value, and two of the model, the key, its owner and its label, come from rollups, at any number of calls. Error codes and all
 * other pairs are counted in request logs: up to `slices` slices of 200,000, in some ten seconds. Throws BAD_USER_INPUT for a pair
 * that cannot be counted, and FORBIDDEN where an actor who is restricted to owners asks for more than the usage of their keys.
 */
export async function breakDownUsage(
  plane: ControlPlane,
  actor: Actor,
  query: BreakdownQuery,
  slices: number = SLICES_MAX,
): Promise<UsageBreakdown> {
  const { by, within, label } = query
  if ((by === 'LABEL' || within === 'LABEL') !== (label !== null))
    throw badInput('label', 'label goes with LABEL, and is required there.')
  if (query.tag !== null && by !== 'TAG') throw badInput('tag', 'tag goes with by: TAG alone.')
  const isPairOfRollups = by !== within && IN_PAIRS.includes(by) && IN_PAIRS.includes(within)
  const byRollups = by !== 'ERROR_CODE' && (within === null || isPairOfRollups)
  const isOfKeys = byRollups && BY_KEY.includes(by)
  if (actor.owners !== null && !isOfKeys) {
    throw new AdminError(
      'FORBIDDEN',
      'You see the usage of the keys of some owners alone: ask for by: API_KEY, OWNER or LABEL.',
    )
  }
  if (query.ofOwners !== null && !isOfKeys)
    throw badInput('ownerIds', 'ownerIds goes with by: API_KEY, OWNER or LABEL.')
  const owners = query.ofOwners?.filter((owner) => isWithinOwners(actor, owner)) ?? actor.owners
  await plane.ledger.settled()
  const hours = await closedHours(plane.store, query, plane.clock())
  const covered = { fromMs: hours.from * HOUR_MS, toMs: hours.to * HOUR_MS }
  const whole = { ...covered, complete: true, countedFromMs: covered.fromMs }
  if (hours.from >= hours.to) return { ...whole, groups: [] }
  if (byRollups) return { ...whole, groups: await breakDownRollups(plane, owners, query, hours) }
  const [outer, inner] = [LOGGED[by], within === null ? null : LOGGED[within]]
  if (outer === undefined || inner === undefined || outer === inner) {
    throw badInput(
      'within',
      'within: OWNER and LABEL go with MODEL, API_KEY and each other alone, TAG with no other value; the two must differ.',
    )
  }
  const range = { by: outer, within: inner, ...covered }
  return { ...covered, ...(await breakDownLogs(plane, query, range, slices)) }
}
