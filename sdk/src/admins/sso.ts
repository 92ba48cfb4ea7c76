// Signing in at a provider of OpenID Connect: the way there and back, the linked accounts, and the provider itself.

import type { StartSsoInput, UpdateSsoProviderInput } from '../generated/operations.ts'
import { found, present, SsoError, throwUserErrors } from '../transport/errors.ts'
import type { CallOptions } from '../transport/options.ts'
import type { Send } from '../transport/transport.ts'
import type { LinkedIdentity, SsoOutcome, SsoProvider, SsoTestResult } from '../types.ts'

export class Sso {
  readonly #send: Send

  constructor(send: Send) {
    this.#send = send
  }

  /**
   * Begins a sign-in: send the browser to `url`, and keep `token` in its tab. Needs no authentication, but for CONFIRM and LINK. Rejects
   * with an SsoError that names the fault.
   */
  async start(input: StartSsoInput = {}, options?: CallOptions): Promise<{ url: string; token: string }> {
    const { startSso } = await this.#send((api, signal) => api.StartSso({ input }, signal), options)
    throwSsoErrors(startSso)
    return { url: present(startSso.url), token: present(startSso.token) }
  }

  /** Ends a sign-in. `callback`: the query of the page that the provider has sent the browser back to. Rejects with an SsoError. */
  async complete(token: string, callback: string, options?: CallOptions): Promise<SsoOutcome> {
    const { completeSso } = await this.#send(
      (api, signal) => api.CompleteSso({ input: { token, callback } }, signal),
      options,
    )
    throwSsoErrors(completeSso)
    const { purpose, viewer, confirmedUntil } = completeSso
    return { purpose: present(purpose), viewer, confirmedUntil }
  }

  /** Your linked accounts. */
  async linked(options?: CallOptions): Promise<readonly LinkedIdentity[]> {
    return (await this.#send((api, signal) => api.ListLinkedIdentities({}, signal), options)).linkedIdentities
  }

  /** Unlinks one of your accounts, and ends the sessions that it has opened. */
  async unlink(id: string, options?: CallOptions): Promise<void> {
    const { unlinkIdentity } = await this.#send(
      (api, signal) => api.UnlinkIdentity({ input: { id } }, signal),
      options,
    )
    throwUserErrors(unlinkIdentity)
  }

  /** The linked accounts of an admin. Rejects with a NotFoundError when there is none. */
  async linkedOf(adminId: string, options?: CallOptions): Promise<readonly LinkedIdentity[]> {
    const { admin } = await this.#send(
      (api, signal) => api.GetIdentitiesOfAdmin({ id: adminId }, signal),
      options,
    )
    return found(admin, 'There is no such admin.').identities
  }

  /** Unlinks an account of an admin, and ends the sessions that it has opened. */
  async unlinkOf(id: string, options?: CallOptions): Promise<void> {
    const { unlinkAdminIdentity } = await this.#send(
      (api, signal) => api.UnlinkAdminIdentity({ input: { id } }, signal),
      options,
    )
    throwUserErrors(unlinkAdminIdentity)
  }

  /** The provider that people sign in at; null: none is set up. */
  async provider(options?: CallOptions): Promise<SsoProvider | null> {
    return (await this.#send((api, signal) => api.GetSsoProvider({}, signal), options)).ssoProvider
  }

  /** Sets the provider up, or changes the fields given; null clears. */
  async updateProvider(changes: UpdateSsoProviderInput, options?: CallOptions): Promise<SsoProvider> {
    const { updateSsoProvider } = await this.#send(
      (api, signal) => api.UpdateSsoProvider({ input: changes }, signal),
      options,
    )
    throwUserErrors(updateSsoProvider)
    return present(updateSsoProvider.ssoProvider)
  }

  /** Removes the provider, and ends the sessions that it has opened, but for yours. */
  async deleteProvider(options?: CallOptions): Promise<void> {
    const { deleteSsoProvider } = await this.#send(
      (api, signal) => api.DeleteSsoProvider({}, signal),
      options,
    )
    throwUserErrors(deleteSsoProvider)
  }

  /** Tries the provider step by step. */
  async testProvider(options?: CallOptions): Promise<readonly SsoTestResult[]> {
    const { testSsoProvider } = await this.#send((api, signal) => api.TestSsoProvider({}, signal), options)
    throwUserErrors(testSsoProvider)
    return present(testSsoProvider.results)
  }
}

function throwSsoErrors({
  fault,
  userErrors,
}: Parameters<typeof throwUserErrors>[0] & { fault: string | null }) {
  if (fault !== null) throw new SsoError(userErrors, fault)
  throwUserErrors({ userErrors })
}
