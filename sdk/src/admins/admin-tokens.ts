// Admin tokens, which automation authenticates with.

import type { CreateAdminTokenInput, UpdateAdminTokenInput } from '../generated/operations.ts'
import { found, present, throwUserErrors } from '../transport/errors.ts'
import type { CallOptions } from '../transport/options.ts'
import { List, type PageArgs } from '../transport/page.ts'
import type { Send } from '../transport/transport.ts'
import type { AdminToken } from '../types.ts'

/** `token` is returned here and never again. */
export type CreatedAdminToken = { adminToken: AdminToken; token: string }
export type RotateAdminTokenOptions = CallOptions & {
  /** How long the token in force goes on working, in seconds: 0 to 2592000; a day by default. */
  graceSeconds?: number | undefined
}

export class AdminTokens {
  readonly #send: Send

  constructor(send: Send) {
    this.#send = send
  }

  /** Admin tokens, newest first, revoked and expired ones too. */
  list(page: PageArgs = {}, options?: CallOptions): List<AdminToken> {
    return new List(async (args) => {
      const data = await this.#send((api, signal) => api.ListAdminTokens(args, signal), options)
      return data.adminTokens
    }, page)
  }

  /** One admin token, also a revoked or expired one. Rejects with a NotFoundError when there is none. */
  async get(id: string, options?: CallOptions): Promise<AdminToken> {
    const { node } = await this.#send((api, signal) => api.GetAdminToken({ id }, signal), options)
    return found(isAdminToken(node) ? node : null, 'There is no such admin token.')
  }

  /** Creates a token with no more than the actor has. Rejects with a UserInputError when a field breaks a rule. */
  async create(input: CreateAdminTokenInput, options?: CallOptions): Promise<CreatedAdminToken> {
    const { createAdminToken } = await this.#send(
      (api, signal) => api.CreateAdminToken({ input }, signal),
      options,
    )
    throwUserErrors(createAdminToken)
    return { adminToken: present(createAdminToken.adminToken), token: present(createAdminToken.token) }
  }

  /** Changes the fields given and no others; null clears. */
  async update(
    id: string,
    changes: Omit<UpdateAdminTokenInput, 'id'>,
    options?: CallOptions,
  ): Promise<AdminToken> {
    const { updateAdminToken } = await this.#send(
      (api, signal) => api.UpdateAdminToken({ input: { ...changes, id } }, signal),
      options,
    )
    throwUserErrors(updateAdminToken)
    return present(updateAdminToken.adminToken)
  }

  /** Replaces a token by a new one with the same scopes; the old one works for the grace. */
  async rotate(
    id: string,
    { graceSeconds, ...options }: RotateAdminTokenOptions = {},
  ): Promise<CreatedAdminToken> {
    const input = { id, ...(graceSeconds !== undefined && { graceSeconds }) }
    const { rotateAdminToken } = await this.#send(
      (api, signal) => api.RotateAdminToken({ input }, signal),
      options,
    )
    throwUserErrors(rotateAdminToken)
    return { adminToken: present(rotateAdminToken.adminToken), token: present(rotateAdminToken.token) }
  }

  /** Refuses the token's next request, for good. */
  async revoke(id: string, options?: CallOptions): Promise<AdminToken> {
    const { revokeAdminToken } = await this.#send(
      (api, signal) => api.RevokeAdminToken({ input: { id } }, signal),
      options,
    )
    throwUserErrors(revokeAdminToken)
    return present(revokeAdminToken.adminToken)
  }
}

/** A node of another type comes without its fields. */
function isAdminToken(node: object | null): node is AdminToken {
  return node !== null && 'scopes' in node
}
