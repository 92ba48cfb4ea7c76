// How a credential is named where it is shown.
import type { UpstreamCredential } from '@latchkey/sdk'
import { m } from '#lib/paraglide/messages.js'

/** Its name, and the end of its secret as far as that is known. */
export function credentialText({ name, lastFour }: Pick<UpstreamCredential, 'name' | 'lastFour'>): string {
  const end = lastFour ? `••••${lastFour}` : '••••'
  return name ? `${name} (${end})` : lastFour ? end : m.upstreams_credential_unnamed()
}
