// Alerts are about all keys and the server itself: who may see the keys of some owners alone may not see them.
import { AdminError } from '../../../domain/admin-errors.ts'
import type { Actor } from '../../../domain/admins/actor.ts'
import type { ControlPlane } from '../../../services/control-plane.ts'
import { actorOf, type GraphqlContext } from '../../context.ts'

/** The actor, who has the scope already. Throws FORBIDDEN for one who is restricted to owners. */
export function alertActor(context: GraphqlContext): Actor {
  const actor = actorOf(context)
  if (actor.owners === null) return actor
  throw new AdminError('FORBIDDEN', 'Alerts are about the keys of all owners, and you may see those of some.')
}

/** What reads are made with, by the same rule. */
export function alertPlane(context: GraphqlContext): ControlPlane {
  alertActor(context)
  return context.plane
}
