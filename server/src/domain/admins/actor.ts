// Who makes a change in the control plane.

export const ACTOR_TYPES = ['ADMIN', 'ADMIN_TOKEN', 'SYSTEM'] as const
export type ActorType = (typeof ACTOR_TYPES)[number]

/** Where a control-plane request came from. */
export type Requester = { ip: string | null; userAgent: string | null; requestId: string }

/** An admin or an admin token, with the request of the change. `id` is null for the system itself. */
export type Actor = {
  type: ActorType
  id: number | null
  name: string
  ip: string | null
  requestId: string | null
}
