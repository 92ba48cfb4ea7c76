// Backup codes: each stands in once for an authenticator app that is lost.
import { hash, randomBytes } from 'node:crypto'
import type { Store } from '../../store/store.ts'

const CODES = 10
// 60 bits: 12 characters of base32, which cannot be guessed and need no slow hash.
const CHARACTERS = 12
// Crockford's base32: without I, L, O and U, which are misread.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const SENT_MAX = 32

type Codes = Pick<Store['prisma'], 'adminBackupCode'>

/** Replaces an admin's codes by ten new ones, which are returned here and never again: `7K3M-9QWE-1ZXC`. */
export async function replaceBackupCodes(db: Codes, adminId: number): Promise<string[]> {
  const codes = Array.from({ length: CODES }, mintCode)
  await db.adminBackupCode.deleteMany({ where: { adminId } })
  await db.adminBackupCode.createMany({
    data: codes.map((code) => ({ adminId, codeHash: codeHash(adminId, code) })),
  })
  return codes.map((code) => code.replace(/(.{4})(?=.)/g, '$1-'))
}

/** Whether the text is a code of the admin's; it is used up then. Of two requests with the same code one succeeds. Any text may be sent. */
export async function useBackupCode(db: Codes, adminId: number, sent: string): Promise<boolean> {
  const code = canonical(sent)
  if (code === null) return false
  const { count } = await db.adminBackupCode.deleteMany({
    where: { adminId, codeHash: codeHash(adminId, code) },
  })
  return count > 0
}

/** True for text that may be a backup code and no code of an app. */
export function isBackupCode(sent: string): boolean {
  return canonical(sent) !== null
}

function mintCode(): string {
  return Array.from(randomBytes(CHARACTERS), (byte) => ALPHABET[byte % ALPHABET.length]).join('')
}

/** In any letter case, with or without hyphens and spaces; I and L are 1, O is 0 (Crockford's own rule). */
function canonical(sent: string): string | null {
  if (sent.length > SENT_MAX) return null
  const code = sent.toUpperCase().replace(/[\s-]/g, '').replace(/[IL]/g, '1').replaceAll('O', '0')
  return code.length === CHARACTERS && [...code].every((each) => ALPHABET.includes(each)) ? code : null
}

function codeHash(adminId: number, code: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hash('sha256', `${adminId}\n${code}`, 'buffer'))
}
