// Admin tokens: what automation sends to /graphql and /api.
import { findAdminTokenHash, putAdminTokenHash } from '../store/queries/admins.ts'
import type { Store } from '../store/store.ts'
import { sameHash, tokenHash } from './secret-token.ts'

/** The name of the token that LATCHKEY_ADMIN_TOKEN makes. */
const ENVIRONMENT = 'environment'
const TOKEN_MAX = 512
const USED_EVERY_MS = 60_000

type Tokens = Pick<Store['prisma'], 'adminToken'>

/** The admin token that was sent, or null. Looked up by its hash, so that no query holds what was sent. Its last use is noted once a minute. */
export async function findAdminToken(
  db: Tokens,
  sent: string,
  nowMs: number,
): Promise<{ id: number; name: string } | null> {
  if (sent === '' || sent.length > TOKEN_MAX) return null
  const hash = tokenHash(sent)
  const token = await db.adminToken.findUnique({ where: { tokenHash: hash } })
  if (token === null || !sameHash(token.tokenHash, hash)) return null
  if (token.lastUsedAt === null || nowMs - token.lastUsedAt.getTime() >= USED_EVERY_MS) {
    await db.adminToken.updateMany({ where: { id: token.id }, data: { lastUsedAt: new Date(nowMs) } })
  }
  return { id: token.id, name: token.name }
}

/**
 * Makes the value of LATCHKEY_ADMIN_TOKEN a valid admin token. A former value becomes invalid; the same value changes nothing;
 * null (the variable is not set) deletes the token.
 */
export async function ensureEnvironmentToken(
  store: Store,
  clock: () => number,
  token: string | null,
): Promise<void> {
  const known = await findAdminTokenHash(store, ENVIRONMENT)
  const hash = token === null ? null : tokenHash(token)
  if (known === null ? hash === null : hash !== null && sameHash(known, hash)) return
  await putAdminTokenHash(store, ENVIRONMENT, hash === null ? null : { hash, createdAtMs: clock() })
}
