import type { Actor, Requester } from '../domain/admins/actor.ts'
import { readRole, scopesOfRole } from '../domain/admins/permissions.ts'

/** An actor that is a person. */
export type PersonActor = Actor & { id: number }

/** The actor that an admin is who has signed in. `mustEnrol`: may do nothing before there is a second factor. */
export function adminActor(
  admin: { id: number; username: string; role: string },
  client: Requester,
  mustEnrol = false,
): PersonActor {
  const role = readRole(admin.role)
  const { id, username: name } = admin
  const scopes = scopesOfRole(mustEnrol ? null : role)
  return { type: 'ADMIN', id, name, ...client, scopes, role, owners: null }
}
