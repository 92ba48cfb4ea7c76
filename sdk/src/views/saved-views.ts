// Saved views: filters of console screens under names. They are of people who are signed in: an admin token has none.
import type { CreateSavedViewInput, UpdateSavedViewInput, ViewScreen } from '../generated/operations.ts'
import { present, throwUserErrors } from '../transport/errors.ts'
import type { CallOptions } from '../transport/options.ts'
import { List, type PageArgs } from '../transport/page.ts'
import type { Send } from '../transport/transport.ts'
import type { SavedView } from '../types.ts'

/** Whose views, and where the page starts. */
export type ListSavedViewsArgs = PageArgs & { screen: ViewScreen }

export class SavedViews {
  readonly #send: Send

  constructor(send: Send) {
    this.#send = send
  }

  /** The views of a screen: your own, and those that others share, newest first. */
  list({ screen, ...page }: ListSavedViewsArgs, options?: CallOptions): List<SavedView> {
    return new List(async (args) => {
      const data = await this.#send((api, signal) => api.ListSavedViews({ screen, ...args }, signal), options)
      return data.savedViews
    }, page)
  }

  /** Saves a view of yours. Rejects with a UserInputError when a field breaks a rule. */
  async create(input: CreateSavedViewInput, options?: CallOptions): Promise<SavedView> {
    const { createSavedView } = await this.#send(
      (api, signal) => api.CreateSavedView({ input }, signal),
      options,
    )
    throwUserErrors(createSavedView)
    return present(createSavedView.savedView)
  }

  /** Changes the fields given of one of your views, and no others. */
  async update(
    id: string,
    changes: Omit<UpdateSavedViewInput, 'id'>,
    options?: CallOptions,
  ): Promise<SavedView> {
    const { updateSavedView } = await this.#send(
      (api, signal) => api.UpdateSavedView({ input: { ...changes, id } }, signal),
      options,
    )
    throwUserErrors(updateSavedView)
    return present(updateSavedView.savedView)
  }

  /** Deletes one of your views; as OWNER or ADMIN also one that another shares. */
  async delete(id: string, options?: CallOptions): Promise<void> {
    const { deleteSavedView } = await this.#send(
      (api, signal) => api.DeleteSavedView({ input: { id } }, signal),
      options,
    )
    throwUserErrors(deleteSavedView)
  }
}
