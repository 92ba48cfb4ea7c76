// Secrets of the playground: for minutes an admin calls as a key with them, since the server knows the hash of the key's own alone.
import { hash, randomBytes } from 'node:crypto'
import { PLAYGROUND_PATHS } from '../endpoints/endpoints.ts'
import { MINUTE_MS } from '../time.ts'

// Of those that begin with `ek_`, as client secrets of sessions do: no imported secret of a key may.
const PREFIX = 'ek_lk_'
const RANDOM_BYTES = 32

/** Long enough to try a model, too short to be worth keeping. */
export const PLAYGROUND_LIFETIME_MS = 15 * MINUTE_MS

/** What their calls are tagged with in request logs and usage. */
export const PLAYGROUND_TAG = 'source=playground'

/** A new one of 256 random bits; `hashHex`, its SHA-256, is what the server keeps of it. */
export function mintPlaygroundSecret(): { secret: string; hashHex: string } {
  const secret = `${PREFIX}${randomBytes(RANDOM_BYTES).toString('base64url')}`
  return { secret, hashHex: hash('sha256', secret) }
}

/** Whether what a client has sent as its key may be one of them; null: it has sent none. */
export function isPlaygroundSecret(sent: string | null): boolean {
  return sent?.startsWith(PREFIX) === true
}

/** Whether one of them is a credential there: what the playground calls, and nothing that changes the key or reads what is stored. */
export function takesPlaygroundSecrets(method: string, path: string): boolean {
  return method === 'POST' && PLAYGROUND_PATHS.includes(path)
}
