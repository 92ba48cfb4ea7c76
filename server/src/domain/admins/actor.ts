// Who makes a change in the control plane, and what he may.
import type { Role, Scope } from './permissions.ts'

export const ACTOR_TYPES = ['ADMIN', 'ADMIN_TOKEN', 'API_KEY', 'SYSTEM'] as const
export type ActorType = (typeof ACTOR_TYPES)[number]

/** Where a control-plane request came from. */
export type Requester = { ip: string | null; userAgent: string | null; requestId: string }

/** An admin, an admin token, or an API key that changes itself, with the request of the change. `id` is null for the system itself. */
export type Actor = {
  type: ActorType
  id: number | null
  name: string
  ip: string | null
  requestId: string | null
  /** As the client sent it; absent: not known, as of the system. */
  userAgent?: string | null
  /** What it may do, with what that implies. */
  scopes: ReadonlySet<Scope>
  /** Of a person; null for all others. */
  role: Role | null
  /** The owners whose keys, with their logs and usage, it may see and change; null: all. An empty list: none. */
  owners: readonly number[] | null
  /** True for an admin token that expires, or that some networks alone may use; absent: it is none. */
  isBounded?: boolean
}

/** Latchkey itself, as audit events name it. It passes through no check of scopes, and has none. */
export function systemActor(
  name: string,
  { ip, userAgent, requestId }: Pick<Actor, 'ip' | 'userAgent' | 'requestId'> = { ip: null, requestId: null },
): Actor {
  return {
    type: 'SYSTEM',
    id: null,
    name,
    ip,
    userAgent,
    requestId,
    scopes: new Set(),
    role: null,
    owners: null,
  }
}
