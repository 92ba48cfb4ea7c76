// Models: public names, and where they go.

import type { CreateModelInput, EnsureModelInput, UpdateModelInput } from '../generated/operations.ts'
import { found, present, throwUserErrors } from '../transport/errors.ts'
import type { CallOptions } from '../transport/options.ts'
import { List, type PageArgs } from '../transport/page.ts'
import type { Send } from '../transport/transport.ts'
import type { Model, ModelActivity } from '../types.ts'

/** `created`: there was none with the external id. */
export type EnsuredModel = { model: Model; created: boolean }

export type ListModelsArgs = PageArgs & { search?: string | undefined }

export class Models {
  readonly #send: Send

  constructor(send: Send) {
    this.#send = send
  }

  /** Models that admins have set up, newest first; with `search`, those with it in their name or externalId, in any case. */
  list({ search, ...page }: ListModelsArgs = {}, options?: CallOptions): List<Model> {
    return new List(async (args) => {
      const data = await this.#send((api, signal) => api.ListModels({ ...args, search }, signal), options)
      return data.models
    }, page)
  }

  /** One model. Rejects with a NotFoundError when there is none. */
  async get(id: string, options?: CallOptions): Promise<Model> {
    const { model } = await this.#send((api, signal) => api.GetModel({ id }, signal), options)
    return found(model, 'There is no such model.')
  }

  /**
   * The calls that requested up to 100 models in the last hours (1 to 168, 24 where nothing is said); one that is not there is absent,
   * and a pattern has no activity.
   */
  async activity(
    ids: readonly string[],
    { hours = 24, ...options }: CallOptions & { hours?: number | undefined } = {},
  ): Promise<readonly ModelActivity[]> {
    const { nodes } = await this.#send(
      (api, signal) => api.GetModelActivity({ ids: [...ids], hours }, signal),
      options,
    )
    return nodes.filter((node): node is ModelActivity => node !== null && 'activity' in node)
  }

  /** Makes a model. Rejects with a UserInputError when a field breaks a rule. */
  async create(input: CreateModelInput, options?: CallOptions): Promise<Model> {
    const { createModel } = await this.#send((api, signal) => api.CreateModel({ input }, signal), options)
    throwUserErrors(createModel)
    return present(createModel.model)
  }

  /** Creates the model with this external id, or changes it to what is described. Doing so twice changes nothing. */
  async ensure(input: EnsureModelInput, options?: CallOptions): Promise<EnsuredModel> {
    const { ensureModel } = await this.#send((api, signal) => api.EnsureModel({ input }, signal), options)
    throwUserErrors(ensureModel)
    return { model: present(ensureModel.model), created: ensureModel.created }
  }

  /** Changes the fields given and no others; routes are the whole of what is to be. */
  async update(id: string, changes: Omit<UpdateModelInput, 'id'>, options?: CallOptions): Promise<Model> {
    const { updateModel } = await this.#send(
      (api, signal) => api.UpdateModel({ input: { ...changes, id } }, signal),
      options,
    )
    throwUserErrors(updateModel)
    return present(updateModel.model)
  }

  /** Removes the model with its routes: its name is unknown from the next call on. */
  async delete(id: string, options?: CallOptions): Promise<void> {
    const { deleteModel } = await this.#send(
      (api, signal) => api.DeleteModel({ input: { id } }, signal),
      options,
    )
    throwUserErrors(deleteModel)
  }
}
