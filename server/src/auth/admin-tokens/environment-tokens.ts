// The admin tokens of the environment: LATCHKEY_ADMIN_TOKEN, and LATCHKEY_ADMIN_TOKEN_NEXT beside it while automation is moved
// from one value to another.
import { ENVIRONMENT_TOKENS } from '../../domain/admins/admin-token-input.ts'
import { adminTokenHash } from '../../domain/admins/admin-token-secret.ts'
import { findAdminTokenHash, putAdminTokenHashes } from '../../store/queries/admins.ts'
import type { Store } from '../../store/store.ts'
import { sameHash } from '../secret-token.ts'

/**
 * Makes the values of the environment valid admin tokens, the first and the next, which must differ. A former value becomes
 * invalid, unless it is the other one now; the same value changes nothing; null (the variable is not set) deletes the token.
 */
export async function ensureEnvironmentTokens(
  store: Store,
  clock: () => number,
  tokens: readonly [current: string | null, next: string | null],
): Promise<void> {
  const changed: { name: string; hash: Uint8Array | null }[] = []
  for (const [index, name] of ENVIRONMENT_TOKENS.entries()) {
    const token = tokens[index] ?? null
    const known = await findAdminTokenHash(store, name)
    const hash = token === null ? null : adminTokenHash(token)
    if (known === null ? hash === null : hash !== null && sameHash(known, hash)) continue
    changed.push({ name, hash })
  }
  if (changed.length > 0) await putAdminTokenHashes(store, changed, clock())
}
