// What an endpoint of the REST is given.
import type { Actor } from '../domain/admins/actor.ts'
import type { ControlPlane } from '../services/control-plane.ts'

export type RestCall = {
  plane: ControlPlane
  actor: Actor
  /** The path's own, as it was written. */
  keyId: string
  query: URLSearchParams
  /** The body as JSON; read only where asked for. Throws BAD_USER_INPUT for what is none. */
  json(): Promise<unknown>
}
