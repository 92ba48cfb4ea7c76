// Gives an admin a new password from the command line: for whoever has the server's files, and no password any more.
import { existsSync } from 'node:fs'
import { systemActor } from '../domain/admins/actor.ts'
import { canonicalUsername, readPassword } from '../domain/admins/admin-account.ts'
import { auditEvent } from '../domain/audit/audit-event.ts'
import { openStore } from '../store/open-store.ts'
import { databaseKind } from '../store/store.ts'
import { hashPassword } from './password.ts'
import { mintToken } from './secret-token.ts'

// An admin's username has at most 64 characters; a longer text finds none.
const USERNAME_SENT_MAX = 256
const NAMED_MAX = 20

export type PasswordReset = {
  username: string
  /** The password that was made; null where one was given. */
  made: string | null
  sessionsEnded: number
}

/**
 * Sets the password of an admin, which signs in also while sign-in with passwords is switched off; makes one where `password` is null, ends the admin's sessions, and writes an audit event, in
 * one transaction. Works beside a running server. Rejects with an Error that says why, and never holds the password.
 */
export async function resetPassword(
  database: string,
  { username, password, nowMs }: { username: string; password: string | null; nowMs: number },
): Promise<PasswordReset> {
  const made = password === null ? mintToken() : null
  const read = readPassword(password ?? made ?? '')
  if (!read.ok) throw new Error(read.errors.map(({ message }) => message).join(' '))
  // Opening would make an empty one.
  if (databaseKind(database) === 'sqlite' && !existsSync(database)) {
    throw new Error(`There is no database at ${database}. Is LATCHKEY_DATA_DIR that of the server?`)
  }
  const store = await openStore(database)
  try {
    const name = username.length <= USERNAME_SENT_MAX ? canonicalUsername(username) : ''
    const admin = await store.prisma.admin.findUnique({ where: { username: name } })
    if (admin === null) {
      const admins = await store.prisma.admin.findMany({ select: { username: true }, take: NAMED_MAX })
      throw new Error(
        noSuchAdmin(
          name,
          admins.map((known) => known.username),
        ),
      )
    }
    const passwordHash = await hashPassword(read.value)
    const target = { type: 'Admin' as const, id: String(admin.id), label: admin.username }
    const system = systemActor('latchkey admin')
    const sessionsEnded = await store.prisma.$transaction(async (tx) => {
      await tx.admin.update({ where: { id: admin.id }, data: { passwordHash, operatorPassword: true } })
      const { count } = await tx.adminSession.deleteMany({ where: { adminId: admin.id } })
      await tx.auditEvent.create({ data: auditEvent(system, 'admin.reset_password', target, nowMs) })
      return count
    })
    return { username: admin.username, made, sessionsEnded }
  } finally {
    await store.close()
  }
}

function noSuchAdmin(name: string, known: string[]): string {
  if (known.length === 0)
    return 'There is no admin yet: start the server and open the setup link that it prints.'
  return `There is no admin "${name}". The admins: ${known.join(', ')}.`
}
