// Admin tokens: what automation sends to /graphql and /api.
import { findAdminTokenHash, putAdminTokenHash } from '../../store/queries/admins.ts'
import type { Store } from '../../store/store.ts'
import { sameHash, tokenHash } from '../secret-token.ts'

/** The name of the token that LATCHKEY_ADMIN_TOKEN makes. */
const ENVIRONMENT = 'environment'
const TOKEN_MAX = 512
const USED_EVERY_MS = 60_000

// More than anyone has; with more, tokens are looked up one by one.
const HASHES_MAX = 10_000
const HASHES_FRESH_MS = 1_000

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
 * Whether a token may be right, by a list of the hashes of all of them that is read once a second at most: what a network sends that
 * guesses costs no query of its own.
 */
export function createTokenFilter(db: Tokens): (sent: string, nowMs: number) => Promise<boolean> {
  let list: { readMs: number; hashes: Promise<Set<string> | null> } | null = null

  async function read(): Promise<Set<string> | null> {
    const rows = await db.adminToken.findMany({ select: { tokenHash: true }, take: HASHES_MAX + 1 })
    return rows.length > HASHES_MAX ? null : new Set(rows.map(({ tokenHash: hash }) => hex(hash)))
  }

  return async (sent, nowMs) => {
    if (list === null || Math.abs(nowMs - list.readMs) >= HASHES_FRESH_MS)
      list = { readMs: nowMs, hashes: read() }
    const hashes = await list.hashes
    return hashes === null || hashes.has(hex(tokenHash(sent)))
  }
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

function hex(hash: Uint8Array): string {
  return Buffer.from(hash).toString('hex')
}
