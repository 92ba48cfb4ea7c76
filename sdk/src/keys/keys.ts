// API keys, which applications authenticate with.

import {
  type ApiKeyFilter,
  type ApiKeyOrder,
  type BackTestKeyPolicyInput,
  type CreateApiKeyInput,
  type EnsureApiKeyInput,
  type ExplainCallInput,
  FollowApiKeysDocument,
  type FollowApiKeysSubscription,
  type ImportApiKeysInput,
  type RotateApiKeyInput,
  type UpdateApiKeyInput,
} from '../generated/operations.ts'
import { ChangeFeed, type FollowOptions } from '../transport/changes.ts'
import { found, present, throwUserErrors } from '../transport/errors.ts'
import type { CallOptions } from '../transport/options.ts'
import { List, type PageArgs } from '../transport/page.ts'
import type { Subscribe } from '../transport/subscribe.ts'
import type { Send } from '../transport/transport.ts'
import type {
  ApiKey,
  ApiKeyActivity,
  ApiKeyChange,
  ApiKeyCounts,
  CallExplanation,
  ImportedApiKey,
  PolicyBackTest,
} from '../types.ts'
import { BulkKeys } from './bulk-keys.ts'

export type ListApiKeysArgs = PageArgs & {
  filter?: ApiKeyFilter | undefined
  orderBy?: ApiKeyOrder | undefined
}
/** `secret` is returned here and never again, unless an encrypted copy is kept. */
export type CreatedApiKey = { apiKey: ApiKey; secret: string }
/** `secret` as when it was created; the one before it works until `formerSecretExpiresAt`. */
export type RotatedApiKey = CreatedApiKey & { formerSecretExpiresAt: string }
/** `secret` is returned here and never again; it works until, not at, `expiresAt`. */
export type PlaygroundSecret = { secret: string; expiresAt: string }
/** `secret` is null where the key was there already. */
export type EnsuredApiKey = { apiKey: ApiKey; created: boolean; secret: string | null }
/** What became of each key, in the order of `items`; a dry run has no keys. */
export type ApiKeyImport = { results: readonly ImportedApiKey[]; imported: number }
export type StopOptions = CallOptions & {
  /** Abort the in-flight calls of the key, too. */
  abortInFlightCalls?: boolean | undefined
  /** @deprecated The former name of `abortInFlightCalls`. */
  cutRunningCalls?: boolean | undefined
}
/** How many in-flight calls were aborted. */
export type AbortedCalls = {
  abortedCalls: number
  /** @deprecated The former name of `abortedCalls`. */
  cutCalls: number
}
/** The key as it is now, and how many in-flight calls were aborted. */
export type StoppedApiKey = ApiKey & AbortedCalls

export class Keys {
  /** One change of many keys. */
  readonly bulk: BulkKeys
  readonly #send: Send
  readonly #subscribe: Subscribe
  readonly #maxRetries: number

  constructor(send: Send, subscribe: Subscribe, maxRetries: number) {
    this.#send = send
    this.#subscribe = subscribe
    this.#maxRetries = maxRetries
    this.bulk = new BulkKeys(send)
  }

  /** API keys, newest first unless `orderBy` says otherwise. */
  list({ filter, orderBy, ...page }: ListApiKeysArgs = {}, options?: CallOptions): List<ApiKey> {
    return new List(async (args) => {
      const data = await this.#send(
        (api, signal) => api.ListApiKeys({ ...args, filter, orderBy }, signal),
        options,
      )
      return data.apiKeys
    }, page)
  }

  /**
   * API keys as they are created, changed and deleted, all or those of these ids (1 to 100): `apiKey` as it is now, null where it was
   * deleted. Not when calls use them.
   */
  changes(
    { ids }: { ids?: readonly string[] | undefined } = {},
    options: FollowOptions = {},
  ): ChangeFeed<ApiKeyChange> {
    const subscribe = this.#subscribe
    async function* open(signal: AbortSignal | undefined) {
      const events = subscribe<FollowApiKeysSubscription>(FollowApiKeysDocument, { ids }, signal)
      for await (const { apiKeyChanged } of events) yield apiKeyChanged
    }
    return new ChangeFeed(open, options, options.maxRetries ?? this.#maxRetries)
  }

  /** One API key. Rejects with a NotFoundError when there is none. */
  async get(id: string, options?: CallOptions): Promise<ApiKey> {
    const { apiKey } = await this.#send((api, signal) => api.GetApiKey({ id }, signal), options)
    return found(apiKey, 'There is no such API key.')
  }

  /** Issues a key. Rejects with a UserInputError when a field breaks a rule. */
  async create(input: CreateApiKeyInput, options?: CallOptions): Promise<CreatedApiKey> {
    const { createApiKey } = await this.#send((api, signal) => api.CreateApiKey({ input }, signal), options)
    throwUserErrors(createApiKey)
    return { apiKey: present(createApiKey.apiKey), secret: present(createApiKey.secret) }
  }

  /**
   * Makes the key with this `externalId` be as it is described: creates it where there is none, which shows its secret, or changes
   * it. Safe to repeat, and to run many times at once.
   */
  async ensure(input: EnsureApiKeyInput, options?: CallOptions): Promise<EnsuredApiKey> {
    const { ensureApiKey } = await this.#send((api, signal) => api.EnsureApiKey({ input }, signal), options)
    throwUserErrors(ensureApiKey)
    const { apiKey, created, secret } = ensureApiKey
    return { apiKey: present(apiKey), created, secret }
  }

  /** How many keys there are of each status, and with the findings that lists are filtered by. */
  async counts(options?: CallOptions): Promise<ApiKeyCounts> {
    return (await this.#send((api, signal) => api.CountApiKeys({}, signal), options)).apiKeyCounts
  }

  /**
   * What up to 100 keys did in the last hours (1 to 168, 24 where nothing is said), what is used of their budgets, what they have spent
   * this month, and what was found about them; one that is not there is absent.
   */
  async activity(
    ids: readonly string[],
    { hours = 24, ...options }: CallOptions & { hours?: number | undefined } = {},
  ): Promise<readonly ApiKeyActivity[]> {
    const { nodes } = await this.#send(
      (api, signal) => api.GetApiKeyActivity({ ids: [...ids], hours }, signal),
      options,
    )
    return nodes.filter((node): node is ApiKeyActivity => node !== null && 'budgetUsage' in node)
  }

  /**
   * Imports up to 500 keys whose secrets, or SHA-256 hashes of them, were made elsewhere. Each is judged by itself: `results` say
   * what became of it, and nothing is thrown for one that is refused.
   */
  async import(input: ImportApiKeysInput, options?: CallOptions): Promise<ApiKeyImport> {
    const { importApiKeys } = await this.#send((api, signal) => api.ImportApiKeys({ input }, signal), options)
    throwUserErrors(importApiKeys)
    return { results: importApiKeys.results, imported: importApiKeys.imported }
  }

  /** Changes the fields given and no others; null clears. Pass `expectedVersion` to refuse to overwrite someone else's change (STALE). */
  async update(id: string, changes: Omit<UpdateApiKeyInput, 'id'>, options?: CallOptions): Promise<ApiKey> {
    const { updateApiKey } = await this.#send(
      (api, signal) => api.UpdateApiKey({ input: { ...changes, id } }, signal),
      options,
    )
    throwUserErrors(updateApiKey)
    return present(updateApiKey.apiKey)
  }

  /**
   * Gives the key a new secret. The current one works on for `graceSeconds` (default: a day; 0: not at all); one that was
   * in its grace stops. Rejects with a UserInputError when the key is revoked or expired, or has changed (STALE).
   */
  async rotate(
    id: string,
    input: Omit<RotateApiKeyInput, 'id'> = {},
    options?: CallOptions,
  ): Promise<RotatedApiKey> {
    const { rotateApiKey } = await this.#send(
      (api, signal) => api.RotateApiKey({ input: { ...input, id } }, signal),
      options,
    )
    throwUserErrors(rotateApiKey)
    return {
      apiKey: present(rotateApiKey.apiKey),
      secret: present(rotateApiKey.secret),
      formerSecretExpiresAt: present(rotateApiKey.formerSecretExpiresAt),
    }
  }

  /** Ends the grace of a rotation: the next call with the secret before it is refused. */
  async stopFormerSecret(id: string, options?: CallOptions): Promise<ApiKey> {
    const { stopFormerSecret } = await this.#send(
      (api, signal) => api.StopFormerSecret({ input: { id } }, signal),
      options,
    )
    throwUserErrors(stopFormerSecret)
    return present(stopFormerSecret.apiKey)
  }

  /**
   * A secret with which you make calls as the key, from a browser too: they go through its rules and are charged to it. It works for
   * 15 minutes, for chat completions, image generations, speech and transcriptions. Rejects with a UserInputError when the key is
   * not active.
   */
  async createPlaygroundSecret(id: string, options?: CallOptions): Promise<PlaygroundSecret> {
    const { createPlaygroundSecret } = await this.#send(
      (api, signal) => api.CreatePlaygroundSecret({ input: { id } }, signal),
      options,
    )
    throwUserErrors(createPlaygroundSecret)
    const { secret, expiresAt } = createPlaygroundSecret
    return { secret: present(secret), expiresAt: present(expiresAt) }
  }

  /** Ends the key for good: its next call is refused. The record and its logs stay. */
  async revoke(
    id: string,
    { abortInFlightCalls = false, cutRunningCalls = false, ...options }: StopOptions = {},
  ): Promise<StoppedApiKey> {
    const input = { id, abortInFlightCalls: abortInFlightCalls || cutRunningCalls }
    const { revokeApiKey } = await this.#send((api, signal) => api.RevokeApiKey({ input }, signal), options)
    throwUserErrors(revokeApiKey)
    return { ...present(revokeApiKey.apiKey), ...aborted(revokeApiKey) }
  }

  /** Refuses the key's calls until it is enabled again. */
  async disable(
    id: string,
    { abortInFlightCalls = false, cutRunningCalls = false, ...options }: StopOptions = {},
  ): Promise<StoppedApiKey> {
    const input = { id, abortInFlightCalls: abortInFlightCalls || cutRunningCalls }
    const { disableApiKey } = await this.#send((api, signal) => api.DisableApiKey({ input }, signal), options)
    throwUserErrors(disableApiKey)
    return { ...present(disableApiKey.apiKey), ...aborted(disableApiKey) }
  }

  /** Lets calls with a disabled key in again. */
  async enable(id: string, options?: CallOptions): Promise<ApiKey> {
    const { enableApiKey } = await this.#send(
      (api, signal) => api.EnableApiKey({ input: { id } }, signal),
      options,
    )
    throwUserErrors(enableApiKey)
    return present(enableApiKey.apiKey)
  }

  /** Explains how the key's rules would judge a call; nothing is counted. Rejects with a UserInputError when a field breaks a rule. */
  async explain(
    id: string,
    call: Omit<ExplainCallInput, 'apiKeyId'> = {},
    options?: CallOptions,
  ): Promise<CallExplanation> {
    const { explainCall } = await this.#send(
      (api, signal) => api.ExplainCall({ input: { ...call, apiKeyId: id } }, signal),
      options,
    )
    throwUserErrors(explainCall)
    return present(explainCall.explanation)
  }

  /** Back-tests a policy on the key's calls of the last days. Rejects with a UserInputError when a field breaks a rule. */
  async backTest(
    id: string,
    question: Omit<BackTestKeyPolicyInput, 'apiKeyId'> = {},
    options?: CallOptions,
  ): Promise<PolicyBackTest> {
    const { backTestKeyPolicy } = await this.#send(
      (api, signal) => api.BackTestKeyPolicy({ input: { ...question, apiKeyId: id } }, signal),
      options,
    )
    throwUserErrors(backTestKeyPolicy)
    return present(backTestKeyPolicy.backTest)
  }

  /** Deletes the key with its logs; what it used stays in totals, under `deleted`. This cannot be undone. */
  async delete(
    id: string,
    { abortInFlightCalls = false, cutRunningCalls = false, ...options }: StopOptions = {},
  ): Promise<AbortedCalls> {
    const input = { id, abortInFlightCalls: abortInFlightCalls || cutRunningCalls }
    const { deleteApiKey } = await this.#send((api, signal) => api.DeleteApiKey({ input }, signal), options)
    throwUserErrors(deleteApiKey)
    return aborted(deleteApiKey)
  }

  /** The secret, from its encrypted copy. Audited. Rejects with a UserInputError when there is no copy. */
  async reveal(id: string, options?: CallOptions): Promise<string> {
    const { revealApiKey } = await this.#send(
      (api, signal) => api.RevealApiKey({ input: { id } }, signal),
      options,
    )
    throwUserErrors(revealApiKey)
    return present(revealApiKey.secret)
  }
}

function aborted({ abortedCalls }: { abortedCalls: number }): AbortedCalls {
  return { abortedCalls, cutCalls: abortedCalls }
}
