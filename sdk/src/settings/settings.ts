// What holds for the keys that admins write: defaults, and bounds.

import type { UpdateSettingsInput } from '../generated/operations.ts'
import { present, throwUserErrors } from '../transport/errors.ts'
import type { CallOptions } from '../transport/options.ts'
import type { Send } from '../transport/transport.ts'
import type { Settings as Values } from '../types.ts'

export class Settings {
  readonly #send: Send

  constructor(send: Send) {
    this.#send = send
  }

  /** The settings as they are now. */
  async get(options?: CallOptions): Promise<Values> {
    return (await this.#send((api, signal) => api.GetSettings({}, signal), options)).settings
  }

  /** Changes the fields given and no others; null clears. Pass `expectedVersion` to refuse to overwrite someone else's change (STALE). */
  async update(changes: UpdateSettingsInput, options?: CallOptions): Promise<Values> {
    const { updateSettings } = await this.#send(
      (api, signal) => api.UpdateSettings({ input: changes }, signal),
      options,
    )
    throwUserErrors(updateSettings)
    return present(updateSettings.settings)
  }
}
