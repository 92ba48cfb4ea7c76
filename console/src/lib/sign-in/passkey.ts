// The browser's part of a ceremony with a passkey.
import { startAuthentication, startRegistration } from '@simplewebauthn/browser'
import { latchkey } from '#lib/latchkey.ts'

/** True where this browser can use passkeys: over https, and on localhost. */
export function hasPasskeys(): boolean {
  return globalThis.PublicKeyCredential !== undefined
}

/** Has the person choose a passkey of this site. Rejects where the person cancels. */
export async function askForPasskey(): Promise<{ token: string; response: string }> {
  const { options, token } = await latchkey.passkeys.startSignIn()
  const response = await startAuthentication({ optionsJSON: JSON.parse(options) })
  return { token, response: JSON.stringify(response) }
}

/** Has the browser make a passkey, and keeps it under this name. */
export async function registerPasskey(name: string): Promise<void> {
  const { options, token } = await latchkey.passkeys.startRegistration()
  const response = await startRegistration({ optionsJSON: JSON.parse(options) })
  await latchkey.passkeys.finishRegistration({ token, response: JSON.stringify(response), name })
}
