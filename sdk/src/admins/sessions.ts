// The sessions of the person who is signed in.

import { throwUserErrors } from '../transport/errors.ts'
import type { CallOptions } from '../transport/options.ts'
import type { Send } from '../transport/transport.ts'
import type { Session } from '../types.ts'

export class Sessions {
  readonly #send: Send

  constructor(send: Send) {
    this.#send = send
  }

  /** Your sessions that have not ended, newest first. */
  async list(options?: CallOptions): Promise<readonly Session[]> {
    return (await this.#send((api, signal) => api.ListSessions({}, signal), options)).sessions
  }

  /** Ends one of your sessions. */
  async revoke(id: string, options?: CallOptions): Promise<void> {
    const { revokeSession } = await this.#send(
      (api, signal) => api.RevokeSession({ input: { id } }, signal),
      options,
    )
    throwUserErrors(revokeSession)
  }

  /** Ends all of your sessions but the present one. Resolves with how many. */
  async revokeOthers(options?: CallOptions): Promise<number> {
    const { revokeOtherSessions } = await this.#send(
      (api, signal) => api.RevokeOtherSessions({}, signal),
      options,
    )
    return revokeOtherSessions.endedSessions
  }
}
