// The parameters of a REST endpoint.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Actor } from '../domain/admins/actor.ts'
import type { ControlPlane } from '../services/control-plane.ts'

/** What an endpoint returns that has sent its response itself. */
export const SENT: unique symbol = Symbol('sent')

export type RestCall = {
  plane: ControlPlane
  actor: Actor
  /** The part of the path that differs, as `{key_id}`, unparsed; empty where the path has none. */
  keyId: string
  request: IncomingMessage
  response: ServerResponse
  query: URLSearchParams
  /** Reads the body as JSON. Throws BAD_USER_INPUT for a body that is none. */
  json(): Promise<unknown>
}
