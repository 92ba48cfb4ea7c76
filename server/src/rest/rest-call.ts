// The parameters of a REST endpoint.
import type { Actor } from '../domain/admins/actor.ts'
import type { ControlPlane } from '../services/control-plane.ts'

export type RestCall = {
  plane: ControlPlane
  actor: Actor
  /** `{key_id}` of the path, unparsed; empty where the path has none. */
  keyId: string
  query: URLSearchParams
  /** Reads the body as JSON. Throws BAD_USER_INPUT for a body that is none. */
  json(): Promise<unknown>
}
