// Who is calling: the console's sign-in, and the setup of a new server.

import type { CompleteSetupInput, SignInInput } from '../generated/operations.ts'
import { present, throwUserErrors } from '../transport/errors.ts'
import type { CallOptions } from '../transport/options.ts'
import type { Send } from '../transport/transport.ts'
import type { Setup, Viewer } from '../types.ts'

export class Auth {
  readonly #send: Send

  constructor(send: Send) {
    this.#send = send
  }

  /** The signed-in admin or admin token; null where nobody is signed in. */
  async viewer(options?: CallOptions): Promise<Viewer | null> {
    return (await this.#send((api, signal) => api.GetViewer({}, signal), options)).viewer
  }

  /** Whether the server has no admin yet. Needs no authentication. */
  async setup(options?: CallOptions): Promise<Setup> {
    return (await this.#send((api, signal) => api.GetSetup({}, signal), options)).setup
  }

  /** Starts a session, kept in a cookie. Rejects with a UserInputError: WRONG_CREDENTIALS or THROTTLED. */
  async signIn(input: SignInInput, options?: CallOptions): Promise<Viewer> {
    const { signIn } = await this.#send((api, signal) => api.SignIn({ input }, signal), options)
    throwUserErrors(signIn)
    return present(signIn.viewer)
  }

  /** Ends the session. */
  async signOut(options?: CallOptions): Promise<void> {
    await this.#send((api, signal) => api.SignOut({}, signal), options)
  }

  /** Creates the first admin and signs it in. `token` is the one in the setup link. */
  async completeSetup(input: CompleteSetupInput, options?: CallOptions): Promise<Viewer> {
    const { completeSetup } = await this.#send((api, signal) => api.CompleteSetup({ input }, signal), options)
    throwUserErrors(completeSetup)
    return present(completeSetup.viewer)
  }
}
