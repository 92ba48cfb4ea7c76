// What every resolver of one request shares.
import type { SignInThrottle } from '../auth/sign-in-throttle.ts'
import { AdminError } from '../domain/admin-errors.ts'
import type { Actor, Requester } from '../domain/admins/actor.ts'
import type { ControlPlane } from '../services/control-plane.ts'
import type { ApiKeyRow } from '../services/keys/api-key-row.ts'
import type { RecordTail } from '../services/logs/tail-request-logs.ts'

export type GraphqlContext = {
  plane: ControlPlane
  throttle: SignInThrottle
  tail: RecordTail
  /** True where the answer may be a stream of events. */
  streams: boolean
  client: Requester
  /** Null for a stranger. */
  actor: Actor | null
  /** The session's token, where a cookie carried one; it may be dead. */
  sessionToken: string | null
  /** Gives the browser a session, or takes it away with null. */
  setSession(token: string | null): void
  /** Many of these asked for in one turn of the event loop become one query. */
  loadApiKey(number: number): Promise<ApiKeyRow | null>
}

/** The caller, for a resolver that only a signed-in caller can reach. */
export function actorOf({ actor }: GraphqlContext): Actor {
  if (actor === null) throw new AdminError('UNAUTHENTICATED')
  return actor
}
