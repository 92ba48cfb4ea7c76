// The owners that an actor is restricted to.
import type { Actor } from '../admins/actor.ts'

/** Whether an actor may see and change the keys of an owner; null: those of nobody. One without a restriction may all of them. */
export function isWithinOwners({ owners }: Pick<Actor, 'owners'>, ownerId: number | null): boolean {
  return owners === null || (ownerId !== null && owners.includes(ownerId))
}
