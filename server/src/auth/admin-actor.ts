import type { Actor, Requester } from '../domain/admins/actor.ts'
import { readRole, scopesOfRole } from '../domain/admins/permissions.ts'

/** An actor that is a person. */
export type PersonActor = Actor & { id: number }

/** `owners`: those whose keys a KEY_MANAGER administers. */
export type SignedInAdmin = {
  id: number
  username: string
  role: string
  owners: { ownerId: number }[]
}

/** The actor that an admin is who has signed in. `mustEnrol`: may do nothing before there is a second factor. */
export function adminActor(
  admin: Omit<SignedInAdmin, 'owners'> & Partial<SignedInAdmin>,
  client: Requester,
  mustEnrol = false,
): PersonActor {
  const role = readRole(admin.role)
  const { id, username: name } = admin
  const scopes = scopesOfRole(mustEnrol ? null : role)
  // A key manager without an owner administers no key.
  const owners = role === 'KEY_MANAGER' ? (admin.owners ?? []).map(({ ownerId }) => ownerId) : null
  return { type: 'ADMIN', id, name, ...client, scopes, role, owners }
}
