// The second factors of the person who is signed in.

import { present, throwUserErrors } from '../transport/errors.ts'
import type { CallOptions } from '../transport/options.ts'
import type { Send } from '../transport/transport.ts'

export class SecondFactors {
  readonly #send: Send

  constructor(send: Send) {
    this.#send = send
  }

  /** A secret for your authenticator app, shown here and never again. It has no effect until `confirmTotp`. */
  async enrolTotp(options?: CallOptions): Promise<{ secret: string; uri: string }> {
    const { enrolTotp } = await this.#send((api, signal) => api.EnrolTotp({}, signal), options)
    throwUserErrors(enrolTotp)
    return { secret: present(enrolTotp.secret), uri: present(enrolTotp.uri) }
  }

  /** Puts the app in force with its first code. Resolves with ten backup codes, shown here and never again. */
  async confirmTotp(code: string, options?: CallOptions): Promise<readonly string[]> {
    const { confirmTotp } = await this.#send(
      (api, signal) => api.ConfirmTotp({ input: { code } }, signal),
      options,
    )
    throwUserErrors(confirmTotp)
    return present(confirmTotp.backupCodes)
  }

  /** Replaces your backup codes. */
  async renewBackupCodes(options?: CallOptions): Promise<readonly string[]> {
    const { renewBackupCodes } = await this.#send((api, signal) => api.RenewBackupCodes({}, signal), options)
    throwUserErrors(renewBackupCodes)
    return present(renewBackupCodes.backupCodes)
  }

  /** Removes your authenticator app and your backup codes. */
  async disableTotp(options?: CallOptions): Promise<void> {
    const { disableTotp } = await this.#send((api, signal) => api.DisableTotp({}, signal), options)
    throwUserErrors(disableTotp)
  }
}
