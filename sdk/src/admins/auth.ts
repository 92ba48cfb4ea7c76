// Who is calling: the console's sign-in, and the setup of a new server.

import type {
  AcceptInvitationInput,
  ChangePasswordInput,
  CompleteSetupInput,
  ConfirmIdentityInput,
  SetPasswordInput,
  SignInInput,
  VerifySecondFactorInput,
} from '../generated/operations.ts'
import { present, throwUserErrors } from '../transport/errors.ts'
import type { CallOptions } from '../transport/options.ts'
import type { Send } from '../transport/transport.ts'
import type {
  LinkedInvitation,
  PasswordLink,
  Setup,
  SignedInViewer,
  SignInOptions,
  SignInOutcome,
  Viewer,
} from '../types.ts'

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

  /** How one signs in here. Needs no authentication. */
  async signInOptions(options?: CallOptions): Promise<SignInOptions> {
    return (await this.#send((api, signal) => api.GetSignInOptions({}, signal), options)).signInOptions
  }

  /**
   * Starts a session, kept in a cookie. Where `secondStep` is not null, the admin has a second factor and is not signed in yet: send
   * its token with a code to `verifySecondFactor`. Rejects with a UserInputError: WRONG_CREDENTIALS or THROTTLED.
   */
  async signIn(input: SignInInput, options?: CallOptions): Promise<SignInOutcome> {
    const { signIn } = await this.#send((api, signal) => api.SignIn({ input }, signal), options)
    throwUserErrors(signIn)
    const { viewer, secondStep } = signIn
    return { viewer, secondStep }
  }

  /** The second step of signing in. A wrong code leaves the token good. */
  async verifySecondFactor(input: VerifySecondFactorInput, options?: CallOptions): Promise<SignedInViewer> {
    const { verifySecondFactor } = await this.#send(
      (api, signal) => api.VerifySecondFactor({ input }, signal),
      options,
    )
    throwUserErrors(verifySecondFactor)
    return present(verifySecondFactor.viewer)
  }

  /** Confirms who you are, for what a StepUpRequiredError asks for. Resolves with until when it counts. */
  async confirmIdentity(input: ConfirmIdentityInput, options?: CallOptions): Promise<string> {
    const { confirmIdentity } = await this.#send(
      (api, signal) => api.ConfirmIdentity({ input }, signal),
      options,
    )
    throwUserErrors(confirmIdentity)
    return present(confirmIdentity.confirmedUntil)
  }

  /** Changes your own password. Resolves with how many other sessions have ended. */
  async changePassword(input: ChangePasswordInput, options?: CallOptions): Promise<number> {
    const { changePassword } = await this.#send(
      (api, signal) => api.ChangePassword({ input }, signal),
      options,
    )
    throwUserErrors(changePassword)
    return present(changePassword.endedSessions)
  }

  /** The invitation of a link; null: it is used, revoked, expired or wrong. Needs no authentication. `token` is the one in the link. */
  async linkedInvitation(token: string, options?: CallOptions): Promise<LinkedInvitation | null> {
    return (await this.#send((api, signal) => api.GetLinkedInvitation({ token }, signal), options))
      .linkedInvitation
  }

  /** The link that sets a password; null: it is used, expired or wrong. Needs no authentication. `token` is the one in the link. */
  async passwordLink(token: string, options?: CallOptions): Promise<PasswordLink | null> {
    return (await this.#send((api, signal) => api.GetPasswordLink({ token }, signal), options)).passwordLink
  }

  /** Makes the admin of an invitation and signs it in. `token` is the one in the link. */
  async acceptInvitation(input: AcceptInvitationInput, options?: CallOptions): Promise<SignedInViewer> {
    const { acceptInvitation } = await this.#send(
      (api, signal) => api.AcceptInvitation({ input }, signal),
      options,
    )
    throwUserErrors(acceptInvitation)
    return present(acceptInvitation.viewer)
  }

  /** Sets a password by a link that an owner has made. Resolves with the username. */
  async setPassword(input: SetPasswordInput, options?: CallOptions): Promise<string> {
    const { setPassword } = await this.#send((api, signal) => api.SetPassword({ input }, signal), options)
    throwUserErrors(setPassword)
    return present(setPassword.username)
  }

  /**
   * Ends the session. Resolves with where the browser goes to sign out at the provider too, which sends it back to the sign-in page; null
   * where the session was not opened there, or the provider has no such address.
   */
  async signOut(options?: CallOptions): Promise<string | null> {
    return (await this.#send((api, signal) => api.SignOut({}, signal), options)).signOut.providerUrl
  }

  /** Creates the first admin and signs it in. `token` is the one in the setup link. */
  async completeSetup(input: CompleteSetupInput, options?: CallOptions): Promise<SignedInViewer> {
    const { completeSetup } = await this.#send((api, signal) => api.CompleteSetup({ input }, signal), options)
    throwUserErrors(completeSetup)
    return present(completeSetup.viewer)
  }
}
