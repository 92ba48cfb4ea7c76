// What an actor might do when it sent a change, in its form as text: what came of it is said again to no actor that may do less.
import type { Actor } from '../../domain/admins/actor.ts'
import { isObject } from '../../domain/is-object.ts'

export type Access = Pick<Actor, 'scopes' | 'owners'>

/** JSON. */
export function accessText({ scopes, owners }: Access): string {
  return JSON.stringify({ scopes: [...scopes].sort(), owners })
}

/** Whether an actor may still do all that the text says. False for a text that is none. */
export function stillHas({ scopes, owners }: Access, text: string): boolean {
  const then: unknown = JSON.parse(text)
  if (!isObject(then) || !Array.isArray(then.scopes)) return false
  const had = then.owners
  return (
    then.scopes.every((scope) => scopes.has(scope)) &&
    (owners === null || (Array.isArray(had) && had.every((owner) => owners.includes(owner))))
  )
}
