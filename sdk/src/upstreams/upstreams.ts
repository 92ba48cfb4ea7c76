// Upstreams: where calls are forwarded to.

import type {
  CreateUpstreamInput,
  EnsureUpstreamInput,
  TestUpstreamInput,
  UpdateUpstreamInput,
} from '../generated/operations.ts'
import { found, present, throwUserErrors } from '../transport/errors.ts'
import type { CallOptions } from '../transport/options.ts'
import { List, type PageArgs } from '../transport/page.ts'
import type { Send } from '../transport/transport.ts'
import type { Upstream, UpstreamActivity, UpstreamModels, UpstreamPreset, UpstreamTest } from '../types.ts'

/** `created`: there was none with the external id. */
export type EnsuredUpstream = { upstream: Upstream; created: boolean }

export type ListUpstreamsArgs = PageArgs & { search?: string | undefined }

export class Upstreams {
  readonly #send: Send

  constructor(send: Send) {
    this.#send = send
  }

  /** Upstreams, newest first, those of the server's environment last; with `search`, those with it in their name or address, in any case. */
  list({ search, ...page }: ListUpstreamsArgs = {}, options?: CallOptions): List<Upstream> {
    return new List(async (args) => {
      const data = await this.#send((api, signal) => api.ListUpstreams({ ...args, search }, signal), options)
      return data.upstreams
    }, page)
  }

  /** One upstream. Rejects with a NotFoundError when there is none. */
  async get(id: string, options?: CallOptions): Promise<Upstream> {
    const { upstream } = await this.#send((api, signal) => api.GetUpstream({ id }, signal), options)
    return found(upstream, 'There is no such upstream.')
  }

  /** The calls of up to 100 upstreams in the last hours (1 to 168, 24 where nothing is said); one that is not there is absent. */
  async activity(
    ids: readonly string[],
    { hours = 24, ...options }: CallOptions & { hours?: number | undefined } = {},
  ): Promise<readonly UpstreamActivity[]> {
    const { nodes } = await this.#send(
      (api, signal) => api.GetUpstreamActivity({ ids: [...ids], hours }, signal),
      options,
    )
    return nodes.filter((node): node is UpstreamActivity => node !== null && 'activity' in node)
  }

  /** Every kind of upstream, with what it fills in. */
  async presets(options?: CallOptions): Promise<readonly UpstreamPreset[]> {
    const data = await this.#send((api, signal) => api.ListUpstreamPresets({}, signal), options)
    return data.upstreamPresets
  }

  /** Sets up an upstream. Rejects with a UserInputError when a field breaks a rule. */
  async create(input: CreateUpstreamInput, options?: CallOptions): Promise<Upstream> {
    const { createUpstream } = await this.#send(
      (api, signal) => api.CreateUpstream({ input }, signal),
      options,
    )
    throwUserErrors(createUpstream)
    return present(createUpstream.upstream)
  }

  /** Creates the upstream with this external id, or changes it to what is described. Doing so twice changes nothing. */
  async ensure(input: EnsureUpstreamInput, options?: CallOptions): Promise<EnsuredUpstream> {
    const { ensureUpstream } = await this.#send(
      (api, signal) => api.EnsureUpstream({ input }, signal),
      options,
    )
    throwUserErrors(ensureUpstream)
    return { upstream: present(ensureUpstream.upstream), created: ensureUpstream.created }
  }

  /** Changes the fields given and no others; lists are the whole of what is to be. A credential without a secret keeps its own. */
  async update(
    id: string,
    changes: Omit<UpdateUpstreamInput, 'id'>,
    options?: CallOptions,
  ): Promise<Upstream> {
    const { updateUpstream } = await this.#send(
      (api, signal) => api.UpdateUpstream({ input: { ...changes, id } }, signal),
      options,
    )
    throwUserErrors(updateUpstream)
    return present(updateUpstream.upstream)
  }

  /** Removes the upstream with its credentials. Rejects with a UserInputError (IN_USE) while a model routes to it. */
  async delete(id: string, options?: CallOptions): Promise<void> {
    const { deleteUpstream } = await this.#send(
      (api, signal) => api.DeleteUpstream({ input: { id } }, signal),
      options,
    )
    throwUserErrors(deleteUpstream)
  }

  /** Tests it step by step from the server, with one small call at the end. A failed step is part of the result, not an error. */
  async test(
    id: string,
    input: Omit<TestUpstreamInput, 'id'> = {},
    options?: CallOptions,
  ): Promise<UpstreamTest> {
    const { testUpstream } = await this.#send(
      (api, signal) => api.TestUpstream({ input: { ...input, id } }, signal),
      options,
    )
    throwUserErrors(testUpstream)
    return testUpstream
  }

  /** The models that it lists, fetched now; `problem` says why there are none. Rejects with a NotFoundError when there is no such upstream. */
  async models(id: string, options?: CallOptions): Promise<UpstreamModels> {
    const { upstreamModels } = await this.#send(
      (api, signal) => api.ListUpstreamModels({ id }, signal),
      options,
    )
    return found(upstreamModels, 'There is no such upstream.')
  }
}
