// The people who administer, and their invitations.

import type { InviteAdminInput, UpdateAdminInput } from '../generated/operations.ts'
import { found, present, throwUserErrors } from '../transport/errors.ts'
import type { CallOptions } from '../transport/options.ts'
import { List, type PageArgs } from '../transport/page.ts'
import type { Send } from '../transport/transport.ts'
import type { Admin, AdminInvitation, Session } from '../types.ts'

export class Admins {
  readonly #send: Send

  constructor(send: Send) {
    this.#send = send
  }

  /** Admins, newest first. */
  list(page: PageArgs = {}, options?: CallOptions): List<Admin> {
    return new List(async (args) => {
      return (await this.#send((api, signal) => api.ListAdmins(args, signal), options)).admins
    }, page)
  }

  /** One admin. Rejects with a NotFoundError when there is none. */
  async get(id: string, options?: CallOptions): Promise<Admin> {
    const { admin } = await this.#send((api, signal) => api.GetAdmin({ id }, signal), options)
    return found(admin, 'There is no such admin.')
  }

  /** The invitations that can still be accepted, newest first. */
  async invitations(options?: CallOptions): Promise<readonly AdminInvitation[]> {
    return (await this.#send((api, signal) => api.ListAdminInvitations({}, signal), options)).adminInvitations
  }

  /** Makes a one-time link with which a person becomes an admin. `url` is shown here and never again. */
  async invite(
    input: InviteAdminInput,
    options?: CallOptions,
  ): Promise<{ invitation: AdminInvitation; url: string }> {
    const { inviteAdmin } = await this.#send((api, signal) => api.InviteAdmin({ input }, signal), options)
    throwUserErrors(inviteAdmin)
    return { invitation: present(inviteAdmin.invitation), url: present(inviteAdmin.url) }
  }

  /** Ends an invitation: its link works no more. */
  async revokeInvitation(id: string, options?: CallOptions): Promise<void> {
    const { revokeAdminInvitation } = await this.#send(
      (api, signal) => api.RevokeAdminInvitation({ input: { id } }, signal),
      options,
    )
    throwUserErrors(revokeAdminInvitation)
  }

  /** Changes the fields given and no others. */
  async update(id: string, changes: Omit<UpdateAdminInput, 'id'>, options?: CallOptions): Promise<Admin> {
    const { updateAdmin } = await this.#send(
      (api, signal) => api.UpdateAdmin({ input: { ...changes, id } }, signal),
      options,
    )
    throwUserErrors(updateAdmin)
    return present(updateAdmin.admin)
  }

  /** Ends the admin's sessions; the admin can sign in no more. Never the last enabled owner (IN_USE). */
  async disable(id: string, options?: CallOptions): Promise<Admin> {
    const { disableAdmin } = await this.#send(
      (api, signal) => api.DisableAdmin({ input: { id } }, signal),
      options,
    )
    throwUserErrors(disableAdmin)
    return present(disableAdmin.admin)
  }

  /** Lets a disabled admin sign in again. */
  async enable(id: string, options?: CallOptions): Promise<Admin> {
    const { enableAdmin } = await this.#send(
      (api, signal) => api.EnableAdmin({ input: { id } }, signal),
      options,
    )
    throwUserErrors(enableAdmin)
    return present(enableAdmin.admin)
  }

  /** Deletes the admin. Never the last enabled owner (IN_USE). */
  async delete(id: string, options?: CallOptions): Promise<void> {
    const { deleteAdmin } = await this.#send(
      (api, signal) => api.DeleteAdmin({ input: { id } }, signal),
      options,
    )
    throwUserErrors(deleteAdmin)
  }

  /** Makes a one-time link with which the admin sets a new password. `url` is shown here and never again. */
  async resetPassword(id: string, options?: CallOptions): Promise<{ url: string; expiresAt: string }> {
    const { resetAdminPassword } = await this.#send(
      (api, signal) => api.ResetAdminPassword({ input: { id } }, signal),
      options,
    )
    throwUserErrors(resetAdminPassword)
    return { url: present(resetAdminPassword.url), expiresAt: present(resetAdminPassword.expiresAt) }
  }

  /** The sessions of the admin that have not ended, newest first; at most 100. Rejects with a NotFoundError when there is no such admin. */
  async sessions(id: string, options?: CallOptions): Promise<readonly Session[]> {
    const { adminSessions } = await this.#send(
      (api, signal) => api.ListAdminSessions({ id }, signal),
      options,
    )
    return found(adminSessions, 'There is no such admin.')
  }

  /** Ends one session of the admin, who may sign in anew. `sessionId`: one of those that `sessions` lists. */
  async endSession(id: string, sessionId: string, options?: CallOptions): Promise<void> {
    const { revokeAdminSession } = await this.#send(
      (api, signal) => api.RevokeAdminSession({ input: { id, sessionId } }, signal),
      options,
    )
    throwUserErrors(revokeAdminSession)
  }

  /** Ends all sessions of the admin, who may sign in anew. Returns how many. */
  async endSessions(id: string, options?: CallOptions): Promise<number> {
    const { endAdminSessions } = await this.#send(
      (api, signal) => api.EndAdminSessions({ input: { id } }, signal),
      options,
    )
    throwUserErrors(endAdminSessions)
    return present(endAdminSessions.endedSessions)
  }

  /** Removes the second factors of an admin who has lost them, and ends the sessions of that admin. */
  async removeSecondFactors(id: string, options?: CallOptions): Promise<Admin> {
    const { removeAdminSecondFactors } = await this.#send(
      (api, signal) => api.RemoveAdminSecondFactors({ input: { id } }, signal),
      options,
    )
    throwUserErrors(removeAdminSecondFactors)
    return present(removeAdminSecondFactors.admin)
  }
}
