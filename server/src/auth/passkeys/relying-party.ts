// The site that passkeys belong to (WebAuthn §5.1.2): where LATCHKEY_PUBLIC_URL says that browsers reach the console, else the host that
// the request names. A browser offers a passkey to its own site alone, so what another Host header says opens nothing.
import type { IncomingMessage } from 'node:http'
import { isHttps } from '../client-connection.ts'

export type RelyingParty = { origin: string; rpId: string }

/** Null where the request names no host that could be a site. */
export function relyingPartyOf(request: IncomingMessage, publicUrl: string | null): RelyingParty | null {
  const url = publicUrl ?? `${isHttps(request, null) ? 'https' : 'http'}://${request.headers.host ?? ''}`
  if (!URL.canParse(url)) return null
  const { origin, hostname } = new URL(url)
  return { origin, rpId: hostname }
}
