// Label limits: what all keys with a label together may use.
import type { CreateLabelLimitInput, UpdateLabelLimitInput } from '../generated/operations.ts'
import { present, throwUserErrors } from '../transport/errors.ts'
import type { CallOptions } from '../transport/options.ts'
import { List, type PageArgs } from '../transport/page.ts'
import type { Send } from '../transport/transport.ts'
import type { LabelLimit } from '../types.ts'

export class LabelLimits {
  readonly #send: Send

  constructor(send: Send) {
    this.#send = send
  }

  /** Limits by label, newest first. */
  list(page: PageArgs = {}, options?: CallOptions): List<LabelLimit> {
    return new List(async (args) => {
      const data = await this.#send((api, signal) => api.ListLabelLimits(args, signal), options)
      return data.labelLimits
    }, page)
  }

  /** Creates limits. Rejects with a UserInputError when a field breaks a rule. */
  async create(input: CreateLabelLimitInput, options?: CallOptions): Promise<LabelLimit> {
    const { createLabelLimit } = await this.#send(
      (api, signal) => api.CreateLabelLimit({ input }, signal),
      options,
    )
    throwUserErrors(createLabelLimit)
    return present(createLabelLimit.labelLimit)
  }

  /** Changes the fields given and no others; `policy` is the whole of what is to be. */
  async update(
    id: string,
    changes: Omit<UpdateLabelLimitInput, 'id'>,
    options?: CallOptions,
  ): Promise<LabelLimit> {
    const { updateLabelLimit } = await this.#send(
      (api, signal) => api.UpdateLabelLimit({ input: { ...changes, id } }, signal),
      options,
    )
    throwUserErrors(updateLabelLimit)
    return present(updateLabelLimit.labelLimit)
  }

  /** Deletes limits; the keys and their labels stay. */
  async delete(id: string, options?: CallOptions): Promise<void> {
    const { deleteLabelLimit } = await this.#send(
      (api, signal) => api.DeleteLabelLimit({ input: { id } }, signal),
      options,
    )
    throwUserErrors(deleteLabelLimit)
  }
}
