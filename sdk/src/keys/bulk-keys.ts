// One change of many API keys: by their ids, or all that match a filter, with a result for each and a dry run.

import type {
  BulkApiKeysFieldsFragment,
  BulkExpireApiKeysInput,
  BulkMoveApiKeysInput,
  BulkRelabelApiKeysInput,
  BulkSetApiKeyPolicyInput,
  BulkStopApiKeysInput,
} from '../generated/operations.ts'
import { throwUserErrors } from '../transport/errors.ts'
import type { CallOptions } from '../transport/options.ts'
import type { Send } from '../transport/transport.ts'

/** What became of each key. Nothing is thrown for one that could not be changed: its `userErrors` say why. */
export type BulkResult = Pick<BulkApiKeysFieldsFragment, 'results' | 'changed'>

export class BulkKeys {
  readonly #send: Send

  constructor(send: Send) {
    this.#send = send
  }

  /** Disables keys: their next calls are refused, until they are enabled again. */
  async disable(input: BulkStopApiKeysInput, options?: CallOptions): Promise<BulkResult> {
    const data = await this.#send((api, signal) => api.BulkDisableApiKeys({ input }, signal), options)
    return resultOf(data.bulkDisableApiKeys)
  }

  /** Enables keys that were disabled. */
  async enable(input: BulkStopApiKeysInput, options?: CallOptions): Promise<BulkResult> {
    const data = await this.#send((api, signal) => api.BulkEnableApiKeys({ input }, signal), options)
    return resultOf(data.bulkEnableApiKeys)
  }

  /** Sets when keys expire; null: never. */
  async expire(input: BulkExpireApiKeysInput, options?: CallOptions): Promise<BulkResult> {
    const data = await this.#send((api, signal) => api.BulkExpireApiKeys({ input }, signal), options)
    return resultOf(data.bulkExpireApiKeys)
  }

  /** Puts one policy in the place of each key’s own. */
  async setPolicy(input: BulkSetApiKeyPolicyInput, options?: CallOptions): Promise<BulkResult> {
    const data = await this.#send((api, signal) => api.BulkSetApiKeyPolicy({ input }, signal), options)
    return resultOf(data.bulkSetApiKeyPolicy)
  }

  /** Sets and removes labels; the others stay. */
  async relabel(input: BulkRelabelApiKeysInput, options?: CallOptions): Promise<BulkResult> {
    const data = await this.#send((api, signal) => api.BulkRelabelApiKeys({ input }, signal), options)
    return resultOf(data.bulkRelabelApiKeys)
  }

  /** Gives keys to an owner; null: to nobody. */
  async move(input: BulkMoveApiKeysInput, options?: CallOptions): Promise<BulkResult> {
    const data = await this.#send((api, signal) => api.BulkMoveApiKeys({ input }, signal), options)
    return resultOf(data.bulkMoveApiKeys)
  }

  /** Ends keys for good; their records and logs stay. */
  async revoke(input: BulkStopApiKeysInput, options?: CallOptions): Promise<BulkResult> {
    const data = await this.#send((api, signal) => api.BulkRevokeApiKeys({ input }, signal), options)
    return resultOf(data.bulkRevokeApiKeys)
  }

  /** Deletes keys with their logs. This cannot be undone. */
  async delete(input: BulkStopApiKeysInput, options?: CallOptions): Promise<BulkResult> {
    const data = await this.#send((api, signal) => api.BulkDeleteApiKeys({ input }, signal), options)
    return resultOf(data.bulkDeleteApiKeys)
  }
}

function resultOf({ results, changed, userErrors }: BulkApiKeysFieldsFragment): BulkResult {
  throwUserErrors({ userErrors })
  return { results, changed }
}
