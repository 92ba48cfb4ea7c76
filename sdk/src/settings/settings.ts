// What holds for the keys that admins write: defaults, and bounds.

import type { UpdateSettingsInput } from '../generated/operations.ts'
import { present, throwUserErrors } from '../transport/errors.ts'
import type { CallOptions } from '../transport/options.ts'
import type { Send } from '../transport/transport.ts'
import type { EnvironmentSetting, Settings as Values } from '../types.ts'

export class Settings {
  readonly #send: Send

  constructor(send: Send) {
    this.#send = send
  }

  /** The settings as they are now. */
  async get(options?: CallOptions): Promise<Values> {
    return (await this.#send((api, signal) => api.GetSettings({}, signal), options)).settings
  }

  /** The settings of the server's environment, without secrets. They are read when it starts, and cannot be changed here. */
  async environment(options?: CallOptions): Promise<readonly EnvironmentSetting[]> {
    const { environmentSettings } = await this.#send(
      (api, signal) => api.ListEnvironmentSettings({}, signal),
      options,
    )
    return environmentSettings
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
