// Passkeys: signing in with one, and those of the person who is signed in. A page does the browser's part, with navigator.credentials.

import type { FinishPasskeyRegistrationInput, PasskeySignInInput } from '../generated/operations.ts'
import { present, throwUserErrors } from '../transport/errors.ts'
import type { CallOptions } from '../transport/options.ts'
import type { Send } from '../transport/transport.ts'
import type { Passkey, SignedInViewer } from '../types.ts'

/** `options` is JSON for `navigator.credentials`; `token` goes back with what the browser responds. */
export type PasskeyCeremony = { options: string; token: string }

export class Passkeys {
  readonly #send: Send

  constructor(send: Send) {
    this.#send = send
  }

  /** Begins a sign-in with a passkey, or a confirmation with one. Needs no authentication. */
  async startSignIn(options?: CallOptions): Promise<PasskeyCeremony> {
    const { startPasskeySignIn: started } = await this.#send(
      (api, signal) => api.StartPasskeySignIn({}, signal),
      options,
    )
    throwUserErrors(started)
    return { options: present(started.options), token: present(started.token) }
  }

  /** Starts a session with a passkey. */
  async signIn(input: PasskeySignInInput, options?: CallOptions): Promise<SignedInViewer> {
    const { signInWithPasskey } = await this.#send(
      (api, signal) => api.SignInWithPasskey({ input }, signal),
      options,
    )
    throwUserErrors(signInWithPasskey)
    return present(signInWithPasskey.viewer)
  }

  /** Your passkeys. */
  async list(options?: CallOptions): Promise<readonly Passkey[]> {
    return (await this.#send((api, signal) => api.ListPasskeys({}, signal), options)).passkeys
  }

  /** Begins the registration of a passkey. */
  async startRegistration(options?: CallOptions): Promise<PasskeyCeremony> {
    const { startPasskeyRegistration: started } = await this.#send(
      (api, signal) => api.StartPasskeyRegistration({}, signal),
      options,
    )
    throwUserErrors(started)
    return { options: present(started.options), token: present(started.token) }
  }

  /** Keeps the passkey that the browser has made. */
  async finishRegistration(input: FinishPasskeyRegistrationInput, options?: CallOptions): Promise<Passkey> {
    const { finishPasskeyRegistration } = await this.#send(
      (api, signal) => api.FinishPasskeyRegistration({ input }, signal),
      options,
    )
    throwUserErrors(finishPasskeyRegistration)
    return present(finishPasskeyRegistration.passkey)
  }

  /** Renames one of your passkeys. */
  async rename(id: string, name: string, options?: CallOptions): Promise<Passkey> {
    const { renamePasskey } = await this.#send(
      (api, signal) => api.RenamePasskey({ input: { id, name } }, signal),
      options,
    )
    throwUserErrors(renamePasskey)
    return present(renamePasskey.passkey)
  }

  /** Deletes one of your passkeys: it signs in no more. */
  async delete(id: string, options?: CallOptions): Promise<void> {
    const { deletePasskey } = await this.#send(
      (api, signal) => api.DeletePasskey({ input: { id } }, signal),
      options,
    )
    throwUserErrors(deletePasskey)
  }
}
